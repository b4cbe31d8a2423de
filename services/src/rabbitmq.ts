import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askPort } from "./ask-port.js";
import { findProgram } from "./find-program.js";
import { freePort } from "./free-port.js";
import { byInstall } from "./how-to-install.js";
import { notHere } from "./program.js";
import { ServerProcess } from "./server-process.js";
import type { Service, StartOptions } from "./service.js";
import { serverFolder, startServer } from "./start-server.js";

/** What Debian's program in /usr/sbin calls after it has changed the user. */
const debians = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const rabbitmqServer = () => (existsSync(debians) ? debians : findProgram("rabbitmq-server"));

/**
 * RabbitMQ, from Debian's packages. `settings` as in rabbitmq.conf; an unknown one keeps it from starting. A confirmed
 * message of a durable queue outlives a kill; a queue does so two seconds after it was declared.
 */
export const rabbitmq: Service = {
  name: "RabbitMQ",
  howToInstall: byInstall,

  isInstalled: () => rabbitmqServer() !== undefined && findProgram("epmd") !== undefined,

  get packages() {
    return rabbitmq.isInstalled() ? [] : ["rabbitmq-server"];
  },

  async start(options: StartOptions = {}) {
    const [path, epmd] = [rabbitmqServer(), findProgram("epmd")];
    if (path === undefined || epmd === undefined) throw notHere(rabbitmq);
    const { port = await freePort(), settings, env } = options;
    const [nodePort, namesPort] = [await freePort(), await freePort()];
    const folder = serverFolder("rabbitmq", options);
    const cwd = folder.path;
    const config = join(cwd, "rabbitmq.conf");
    const given = { "listeners.tcp.1": `127.0.0.1:${port}`, "log.console": "true", ...settings };
    const program = {
      path,
      args: [],
      cwd,
      env: { ...environment({ folder: cwd, config, port, nodePort, namesPort }), ...env },
      log: join(cwd, "server.log"),
    };
    // Erlang's directory of nodes. RabbitMQ would start one as a daemon, which outlives it.
    const names = {
      path: epmd,
      args: ["-address", "127.0.0.1", "-port", `${namesPort}`],
      cwd,
      log: join(cwd, "epmd.log"),
    };
    return startServer({
      name: "RabbitMQ",
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      port,
      folder,
      prepare() {
        mkdirSync(join(cwd, "home"));
        writeFileSync(
          config,
          Object.entries(given)
            .map(([name, value]) => `${name} = ${value}\n`)
            .join(""),
        );
      },
      companions: [new ServerProcess(names, () => askPort(namesPort, namesRequest, isNames))],
      process: new ServerProcess(program, () => askPort(port, "AMQP\0\0\x09\x01", isConnectionStart)),
      signal: "SIGTERM",
    });
  },
};

interface Node {
  readonly folder: string;
  readonly config: string;
  readonly port: number;
  readonly nodePort: number;
  readonly namesPort: number;
}

/** What keeps one RabbitMQ apart from others and from the system's. */
function environment({ folder, config, port, nodePort, namesPort }: Node): Record<string, string> {
  return {
    HOME: join(folder, "home"),
    RABBITMQ_NODENAME: `sluice-${port}@localhost`,
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_CONF_ENV_FILE: join(folder, "no-environment"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "no-advanced-config"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "no-plugins"),
    RABBITMQ_MNESIA_BASE: join(folder, "data"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_LOGS: "-",
    RABBITMQ_DIST_PORT: `${nodePort}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1} +B i",
    ERL_EPMD_PORT: `${namesPort}`,
    // The script becomes the server, so that a signal reaches it.
    RUNNING_UNDER_SYSTEMD: "true",
  };
}

/** NAMES_REQ of epmd, and the port that its answer begins with. */
const namesRequest = Uint8Array.of(0, 1, 0x6e);
const isNames = (answer: Buffer) => answer.length >= 4;

/** A method frame of channel 0: Connection.Start. */
const isConnectionStart = (answer: Buffer) =>
  answer.length >= 11 && answer[0] === 1 && answer.readUInt32BE(7) === 0x000a_000a;
