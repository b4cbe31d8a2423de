import { reasonOf } from "../../errors/reason.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import type { RabbitMQChannel, RabbitMQConnection } from "./rabbitmq-client.js";
import { codeOf, refusalOf } from "./rabbitmq-errors.js";

/** A connection, and what is known of why it is not there. */
export class RabbitMQLink {
  /** What no waiting mends: a wrong password, a certificate. It stays until the connection stands after all. */
  refusal: BrokerUnavailableError | undefined;
  /** Why it was lost, or does not come about. */
  lastError: unknown;
  readonly #giveUps = new Set<(error: unknown) => void>();
  readonly #onError;
  readonly #onReady;

  constructor(
    readonly connection: RabbitMQConnection,
    /** The server and the user, for people. */
    readonly where: string,
    readonly isOwn: boolean,
  ) {
    this.#onError = (error: Error) => {
      // The driver tells here also what became of a channel.
      if (error.name === "AMQPChannelError" || error.name === "AMQPError") return;
      this.lastError = error;
      this.refusal = refusalOf(error, where);
      if (this.refusal !== undefined) this.#giveUp(this.refusal);
    };
    this.#onReady = () => {
      this.lastError = undefined;
      this.refusal = undefined;
    };
    connection.on("error", this.#onError);
    connection.on("connection", this.#onReady);
  }

  /** A channel, as soon as there is a connection. Rejects when it is refused, and when the signal aborts. */
  async acquire(signal?: AbortSignal): Promise<RabbitMQChannel> {
    if (this.refusal !== undefined) throw this.refusal;
    signal?.throwIfAborted();
    const given = Promise.withResolvers<RabbitMQChannel>();
    let isGivenUp = false;
    const giveUp = (error: unknown) => {
      isGivenUp = true;
      given.reject(error);
    };
    const onAbort = () => giveUp(signal?.reason);
    this.#giveUps.add(giveUp);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.connection.acquire({ emitErrorsFromChannel: true }).then(
      (channel) => {
        // Whoever works on it is told by what he calls, and by its end.
        channel.on("error", () => {});
        if (isGivenUp) void channel.close();
        else given.resolve(channel);
      },
      (error) => given.reject(this.#explained(error)),
    );
    try {
      return await given.promise;
    } finally {
      this.#giveUps.delete(giveUp);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Something done once, on a channel of its own: an error takes its channel with it. */
  async once<T>(use: (channel: RabbitMQChannel) => Promise<T>): Promise<T> {
    const channel = await this.acquire();
    try {
      return await use(channel);
    } finally {
      await this.close(channel);
    }
  }

  /** The same, for somebody who does not try again by himself. */
  async demand<T>(use: (channel: RabbitMQChannel) => Promise<T>): Promise<T> {
    try {
      return await this.once(use);
    } catch (error) {
      if (error instanceof BrokerUnavailableError) throw error;
      const { lastError = error } = this;
      throw new BrokerUnavailableError(`${this.where}: ${reasonOf(lastError)}`, { cause: error });
    }
  }

  /** On a connection that takes nothing, nobody would hear of its end. */
  async close(channel: RabbitMQChannel): Promise<void> {
    const closed = channel.close();
    if (this.connection.ready) await closed;
  }

  async release(): Promise<void> {
    const { connection, isOwn } = this;
    if (isOwn) {
      if (connection.ready) await connection.close();
      else connection.unsafeDestroy();
    }
    connection.removeListener("error", this.#onError);
    connection.removeListener("connection", this.#onReady);
    this.#giveUp(new BrokerUnavailableError("the broker is closed"));
  }

  #giveUp(error: unknown): void {
    for (const giveUp of this.#giveUps) giveUp(error);
  }

  #explained(error: unknown): unknown {
    if (codeOf(error) !== "CLOSING") return error;
    this.refusal = new BrokerUnavailableError(
      `the connection to ${this.where} was closed by whom it belongs to`,
      {
        cause: error,
      },
    );
    return this.refusal;
  }
}
