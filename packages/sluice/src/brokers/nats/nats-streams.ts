import { BrokerUnavailableError } from "../publish-errors.js";
import type { NatsStreamOptions } from "./nats-broker-options.js";
import type { NatsClient } from "./nats-client.js";
import { apiCodes, codeOf, jetStreamProblem, noStream } from "./nats-errors.js";
import { natsName } from "./nats-names.js";

const nanos = 1_000_000;
const longestWindowMs = 120_000;

/** Which stream holds a topic. */
export class NatsStreams {
  readonly #client: NatsClient;
  readonly #create: NatsStreamOptions | undefined;

  constructor(client: NatsClient, create: NatsStreamOptions | undefined) {
    this.#client = client;
    this.#create = create;
  }

  get areCreated(): boolean {
    return this.#create !== undefined;
  }

  /**
   * The name of the stream that has this subject, which is made where the options say so.
   *
   * @throws {BrokerUnavailableError} there is none, or it cannot be made.
   */
  async of(topic: string, create = this.#create): Promise<string> {
    const found = await this.#find(topic);
    if (found !== undefined) return found;
    if (create === undefined) throw noStream(topic);
    const config = streamConfig(topic, create);
    try {
      await this.#client.ask(({ streams }) => streams.add(config));
      return config.name;
    } catch (error) {
      // Somebody else may have made one meanwhile.
      const isTaken = [apiCodes.subjectsOverlap, apiCodes.streamNameTaken].some(
        (code) => code === codeOf(error),
      );
      const other = isTaken ? await this.#find(topic) : undefined;
      if (other !== undefined) return other;
      const what = `Stream ${config.name} for ${topic} cannot be made: ${jetStreamProblem(error)}.`;
      throw new BrokerUnavailableError(what, { cause: error });
    }
  }

  /** The name of the stream that keeps dead letters, which is made where there is none; it keeps them for ever. */
  ofDeadLetters(name: string): Promise<string> {
    const { replicas, storage } = this.#create ?? {};
    return this.of(name, { replicas, storage });
  }

  async #find(topic: string): Promise<string | undefined> {
    try {
      return await this.#client.ask(({ streams }) => streams.find(topic));
    } catch (error) {
      if (codeOf(error) === apiCodes.streamNotFound) return undefined;
      throw new BrokerUnavailableError(
        `NATS does not say which stream has ${topic}: ${jetStreamProblem(error)}.`,
        { cause: error },
      );
    }
  }
}

function streamConfig(topic: string, options: NatsStreamOptions) {
  const { replicas = 1, storage = "file", maxAgeMs = 0, maxBytes = -1, duplicateWindowMs } = options;
  // The server refuses a window that is longer than what it keeps.
  const windowMs = duplicateWindowMs ?? Math.min(longestWindowMs, maxAgeMs || longestWindowMs);
  return {
    name: natsName(topic),
    subjects: [topic],
    num_replicas: replicas,
    storage,
    max_age: maxAgeMs * nanos,
    max_bytes: maxBytes,
    duplicate_window: windowMs * nanos,
  };
}
