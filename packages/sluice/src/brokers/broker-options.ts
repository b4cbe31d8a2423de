import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { consoleLogger, guardLogger, type Logger } from "../handlers/logger.js";
import { cloudEvents } from "./wire/cloud-events.js";
import type { WireFormat } from "./wire-format.js";

/** What every broker on a server may be told. */
export interface BrokerOptions {
  /** How messages are written. @default CloudEvents */
  readonly wire?: WireFormat | undefined;
  /**
   * How long a call waits for a server that is away, and for its answer, in milliseconds from 1 to 2,147,483,647.
   * @default 30_000
   */
  readonly publishTimeoutMs?: number | undefined;
  /**
   * How many messages may wait while the server is away. A whole number from 1 up: beyond it `publish` rejects at once.
   * @default 10_000
   */
  readonly maxPending?: number | undefined;
  /**
   * How long the server may not answer until its connection is taken for dead, as one that a firewall has forgotten, and made
   * anew; in milliseconds from 1,000 to 600,000. What a server is slow to send counts as an answer only when it is whole.
   * @default 15_000
   */
  readonly idleTimeoutMs?: number | undefined;
  /** Told of lost connections, and of what fails. @default console */
  readonly logger?: Logger | undefined;
}

export type BrokerSettings = {
  readonly [Option in keyof BrokerOptions]-?: NonNullable<BrokerOptions[Option]>;
};

const longestMs = 2 ** 31 - 1;

/** @throws {InvalidOptionError} an option is out of range; `broker` is whose it is. */
export function brokerSettings(broker: string, options: BrokerOptions): BrokerSettings {
  const { wire = cloudEvents(), publishTimeoutMs = 30_000, maxPending = 10_000 } = options;
  const { idleTimeoutMs = 15_000 } = options;
  const invalid = (option: string, given: unknown, expected: string) =>
    new InvalidOptionError(`${broker} ${option}`, given, expected);
  if (typeof wire?.write !== "function" || typeof wire.read !== "function")
    throw invalid("wire", wire, "a WireFormat, such as cloudEvents()");
  if (!(typeof publishTimeoutMs === "number" && publishTimeoutMs >= 1 && publishTimeoutMs <= longestMs))
    throw invalid("publishTimeoutMs", publishTimeoutMs, `a number from 1 to ${longestMs}`);
  if (!(Number.isSafeInteger(maxPending) && maxPending >= 1))
    throw invalid("maxPending", maxPending, "a whole number from 1 up");
  if (!(typeof idleTimeoutMs === "number" && idleTimeoutMs >= 1_000 && idleTimeoutMs <= 600_000))
    throw invalid("idleTimeoutMs", idleTimeoutMs, "a number from 1,000 to 600,000");
  const logger = guardLogger(options.logger ?? consoleLogger);
  return { wire, publishTimeoutMs, maxPending, idleTimeoutMs, logger };
}
