import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { startRelay } from "../../outbox/start-relay.js";
import { type ExitCode, exitCodes } from "../exit-code.js";
import { neededSetting } from "../needed-setting.js";
import { withConfig } from "../open-source.js";
import { LineLogger } from "../output/line-logger.js";
import { reportLine } from "../output/report-line.js";
import type { Terminal } from "../output/terminal.js";
import { untilStopped } from "../until-stopped.js";

interface RelayCommandOptions {
  readonly config?: string | undefined;
  readonly json?: true | undefined;
  readonly verbose?: true | undefined;
}

/** Publishes what the outbox of the config keeps, until it is told to stop. */
export async function relay(options: RelayCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const stopped = untilStopped(terminal.closed);
  return withConfig(options.config, "", async (config) => {
    const outbox = await neededSetting(config, "outbox", "sluice relay");
    const broker = await neededSetting(config, "broker", "sluice relay");
    const lines = new LineLogger(terminal, options);
    const {
      name = `relay-${hostname()}-${randomUUID().slice(0, 8)}`,
      logger = lines,
      ...rest
    } = config.relay ?? {};
    try {
      const onReport = reportLine(logger);
      const running = await startRelay({ onReport, ...rest, name, logger, outbox, broker });
      logger.info({ worker: name }, `${name} publishes what the outbox keeps.`);
      const reason = await stopped;
      logger.info(
        { worker: name },
        `${name} has got ${reason}; it ends when what it publishes is written down.`,
      );
      await running.close();
      logger.info({ worker: name }, `${name} has ended.`);
    } finally {
      await broker.close();
    }
    return exitCodes.done;
  });
}
