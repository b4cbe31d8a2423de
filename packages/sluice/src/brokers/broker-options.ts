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

/** @throws {InvalidOptionError} an option is out of range; `broker` is whose it is. */
export function brokerSettings(broker: string, options: BrokerOptions): BrokerSettings {
  const { wire = cloudEvents(), publishTimeoutMs = 30_000, maxPending = 10_000 } = options;
  const { idleTimeoutMs = 15_000, logger = consoleLogger } = options;
  const check = (option: string, given: unknown, isFine: boolean, expected: string) => {
    if (!isFine) throw new InvalidOptionError(`${broker} ${option}`, given, expected);
  };
  const isFormat = typeof wire?.write === "function" && typeof wire.read === "function";
  check("wire", wire, isFormat, "a WireFormat, such as cloudEvents()");
  const isPublishTimeout = isWithin(publishTimeoutMs, 1, 2 ** 31 - 1);
  check("publishTimeoutMs", publishTimeoutMs, isPublishTimeout, "a number from 1 to 2,147,483,647");
  const isIdleTimeout = isWithin(idleTimeoutMs, 1_000, 600_000);
  check("idleTimeoutMs", idleTimeoutMs, isIdleTimeout, "a number from 1,000 to 600,000");
  const isCount = Number.isSafeInteger(maxPending) && maxPending >= 1;
  check("maxPending", maxPending, isCount, "a whole number from 1 up");
  return { wire, publishTimeoutMs, maxPending, idleTimeoutMs, logger: guardLogger(logger) };
}

function isWithin(given: unknown, least: number, most: number): boolean {
  return typeof given === "number" && given >= least && given <= most;
}
