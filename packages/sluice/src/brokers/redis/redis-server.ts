import type { Logger } from "../../handlers/logger.js";
import type { RedisResults } from "./redis-client.js";
import { isPassing, unavailable } from "./redis-errors.js";
import type { RedisLink } from "./redis-link.js";

export interface RedisFacts {
  /** The largest field that it takes, in bytes. */
  readonly largestField: number;
}

const usualLargestField = 512 * 2 ** 20;

/** What is known of the server; it is asked once. What it does not tell, as its user may not ask, counts as usual. */
export class RedisServer {
  readonly #logger: Logger;
  readonly #least: string;
  readonly #who: string;
  #facts: RedisFacts | undefined;

  constructor(logger: Logger, waitAof: boolean) {
    this.#logger = logger;
    this.#least = waitAof ? "7.2" : "7.0";
    this.#who = waitAof ? "the option waitAof" : "this broker";
  }

  /** @throws {BrokerUnavailableError} it is too old. */
  async look(link: RedisLink): Promise<RedisFacts> {
    this.#facts ??= this.#judge(
      await link.pipeline([
        ["config", "get", "proto-max-bulk-len"],
        ["info", "server"],
        ["info", "persistence"],
        ["info", "memory"],
      ]),
    );
    return this.#facts;
  }

  #judge([limit, ...answers]: RedisResults): RedisFacts {
    for (const [error] of answers) if (error !== null && isPassing(error)) throw error;
    const { redis_version: version, aof_enabled: aof, maxmemory_policy: policy } = factsOf(answers);
    if (version !== undefined && isOlder(version, this.#least))
      throw unavailable(`it is Redis ${version}, and ${this.#who} needs ${this.#least} or later`, undefined);
    if (aof === "0") {
      const what =
        "Redis keeps no append-only file: what it has acknowledged since its last snapshot is lost when it crashes. Set appendonly yes.";
      this.#logger.warn({ version }, what);
    }
    if (policy?.startsWith("allkeys")) {
      const what =
        "Redis evicts any key when its memory is full, streams with messages among them. Set maxmemory-policy noeviction.";
      this.#logger.warn({ policy }, what);
    }
    const [, largest] = (limit?.[1] ?? []) as readonly unknown[];
    return { largestField: largest === undefined ? usualLargestField : Number(largest) };
  }
}

function factsOf(answers: RedisResults): Readonly<Record<string, string>> {
  const lines = answers.flatMap(([, text]) => `${text ?? ""}`.split("\r\n"));
  return Object.fromEntries(lines.map((line) => line.split(":", 2) as [string, string]));
}

function isOlder(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
