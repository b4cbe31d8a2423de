import type { RedisCommand, RedisConnection, RedisConnector, RedisResults } from "./redis-client.js";
import { isFinal, unavailable } from "./redis-errors.js";

const reviveAfterMs = 1_000;

/** One connection of the broker: whoever needs it waits until it stands, however often it breaks. */
export class RedisLink {
  readonly #target: string;
  #connection: RedisConnection | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether there is not even a driver. */
  #isImpossible = false;
  /** What the last try to connect failed with. */
  lastError: unknown;
  /** How many times it stood: another number says that it broke meanwhile. */
  epoch = 0;
  isClosed = false;

  constructor(connector: RedisConnector, idleTimeoutMs: number) {
    this.#target = connector.target;
    connector.connect(idleTimeoutMs).then(
      (connection) => this.#attach(connection),
      (error) => {
        this.#isImpossible = true;
        this.#fail(error);
      },
    );
  }

  get isReady(): boolean {
    return this.#connection?.status === "ready";
  }

  /** Resolves when it stands; rejects when that cannot be, as with a wrong password, and when it is closed. */
  whenReady(): Promise<void> {
    if (this.isClosed) return Promise.reject(unavailable("the connection was closed", undefined));
    if (this.#isImpossible) return Promise.reject(this.away());
    if (this.isReady) return Promise.resolve();
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  async call(...command: RedisCommand): Promise<unknown> {
    if (this.#connection === undefined) throw this.away();
    return this.#connection.callBuffer(...command);
  }

  /** Sends all in one round trip. */
  async pipeline(commands: readonly RedisCommand[]): Promise<RedisResults> {
    if (this.#connection === undefined) throw this.away();
    return (await this.#connection.pipeline(commands).exec()) ?? [];
  }

  /** Connects anew, as to the primary of now. */
  reconnect(): void {
    this.#connection?.disconnect(true);
  }

  away(): Error {
    return unavailable(`no connection to Redis at ${this.#target}`, this.lastError);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.#timer);
    this.#connection?.disconnect();
    this.#reject(this.away());
  }

  #attach(connection: RedisConnection): void {
    this.#connection = connection;
    connection.on("error", (error) => this.#fail(error));
    connection.on("ready", () => this.#stand());
    connection.on("end", () => this.#revive(connection));
    if (this.isClosed) connection.disconnect();
    else if (this.isReady) this.#stand();
  }

  #stand(): void {
    this.epoch++;
    this.lastError = undefined;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  #fail(error: unknown): void {
    this.lastError = error;
    if (this.#isImpossible || isFinal(error)) this.#reject(this.away());
  }

  #reject(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.promise.catch(() => {});
    waiting?.reject(error);
  }

  /** ioredis gives up where its options say so, or Sentinels know no primary. */
  #revive(connection: RedisConnection): void {
    if (this.isClosed) return;
    this.#timer = setTimeout(() => void connection.connect().catch(() => {}), reviveAfterMs);
  }
}
