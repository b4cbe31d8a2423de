import type { Logger } from "../../handlers/logger.js";
import type { BrokerSettings } from "../broker-options.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import { isConnection, type NatsBrokerOptions } from "./nats-broker-options.js";
import type { NatsConnection, NatsConnectOptions, NatsManager, NatsStatus } from "./nats-connection.js";
import { connectError } from "./nats-errors.js";

/** Told of what becomes of the connection. */
export interface NatsListener {
  onDisconnect?(): void;
  onReconnect?(): void;
  /** The broker is closed. */
  onClose?(): void;
  /** The server refused something: a permission. */
  onError?(error: unknown): void;
}

const maxPingOut = 2;
/** Back at once when the server is. */
const whenLost = {
  maxPingOut,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 100,
  ignoreAuthErrorAbort: true,
};

const again = Symbol("again");

/** The one connection of a broker, made when it is first needed or given, and what becomes of it. */
export class NatsClient {
  readonly #given: NatsConnection | NatsConnectOptions;
  readonly #domain: string | undefined;
  readonly #logger: Logger;
  /** How long a lost connection is waited for. */
  readonly #patienceMs: number;
  readonly #idleTimeoutMs: number;
  readonly #listeners = new Set<NatsListener>();
  #connection: NatsConnection | undefined;
  #opening: Promise<NatsConnection> | undefined;
  #manager: Promise<NatsManager> | undefined;
  #statuses: (AsyncIterable<NatsStatus> & { stop?(): void }) | undefined;
  #isAway = false;
  #isClosed = false;

  constructor(
    { connection, domain }: NatsBrokerOptions,
    { publishTimeoutMs, idleTimeoutMs, logger }: Omit<BrokerSettings, "wire" | "maxPending">,
  ) {
    this.#patienceMs = publishTimeoutMs;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#given = connection;
    this.#domain = domain;
    this.#logger = logger;
  }

  /** The connection where it is up. */
  get connected(): NatsConnection | undefined {
    return this.#isAway || this.#connection?.isClosed() ? undefined : this.#connection;
  }

  /** Where requests to JetStream go. */
  get apiPrefix(): string {
    return this.#domain === undefined ? "$JS.API" : `$JS.${this.#domain}.API`;
  }

  listen(listener: NatsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The connection, up or about to be found again.
   *
   * @throws {BrokerUnavailableError} none can be made, or the one that was given is closed.
   */
  open(): Promise<NatsConnection> {
    if (this.#connection?.isClosed()) return this.#reopen();
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** A subject of which only this one knows, for answers; the server sends what goes to it or below it. */
  async inbox(): Promise<string> {
    const { options } = (await this.open()) as { options?: { inboxPrefix?: string } };
    return `${options?.inboxPrefix ?? "_INBOX"}.${crypto.randomUUID().replaceAll("-", "")}`;
  }

  /**
   * Asks JetStream for something that may be asked again: when the connection is lost meanwhile, it is, as soon as it is
   * back.
   */
  async ask<T>(question: (manager: NatsManager) => Promise<T>): Promise<T> {
    await this.open();
    for (const until = performance.now() + this.#patienceMs; ; ) {
      if (this.#isAway) await this.#back(until - performance.now());
      const lost = Promise.withResolvers<typeof again>();
      const stop = this.listen({ onDisconnect: () => lost.resolve(again) });
      try {
        const answer = await Promise.race([this.#getManager().then(question), lost.promise]);
        if (answer !== again) return answer;
      } finally {
        stop();
      }
    }
  }

  async #back(withinMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = () => reject(new BrokerUnavailableError("the connection to NATS is lost."));
    const timer = setTimeout(late, Math.max(0, withinMs));
    const stop = this.listen({ onReconnect: resolve, onClose: late });
    await promise.finally(() => {
      clearTimeout(timer);
      stop();
    });
  }

  #getManager(): Promise<NatsManager> {
    this.#manager ??= this.#makeManager().catch((error: unknown) => {
      this.#manager = undefined;
      throw error;
    });
    return this.#manager;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const each of this.#listeners) each.onClose?.();
    this.#listeners.clear();
    await this.#opening?.catch(() => {});
    this.#statuses?.stop?.();
    if (!isConnection(this.#given)) await this.#connection?.close();
  }

  async #open(): Promise<NatsConnection> {
    const connection = isConnection(this.#given) ? this.#given : await this.#connect(this.#given);
    this.#connection = connection;
    this.#isAway = false;
    if (connection.isClosed()) return this.#reopen();
    void this.#watch(connection);
    return connection;
  }

  #reopen(): Promise<NatsConnection> {
    this.#opening = undefined;
    this.#manager = undefined;
    if (!isConnection(this.#given) && !this.#isClosed) {
      this.#connection = undefined;
      return this.open();
    }
    const advice = "One that closes itself after some tries gets `maxReconnectAttempts: -1` when it is made";
    const error = new BrokerUnavailableError(
      `The connection that NatsBroker was given is closed. ${advice}.`,
    );
    return Promise.reject(error);
  }

  async #connect(options: NatsConnectOptions): Promise<NatsConnection> {
    const { connect } = await import("@nats-io/transport-node");
    try {
      const pingInterval = this.#idleTimeoutMs / (maxPingOut + 1);
      return await connect({ name: "sluice", ...whenLost, pingInterval, ...options } as never);
    } catch (error) {
      this.#opening = undefined;
      throw connectError(error, options);
    }
  }

  async #makeManager(): Promise<NatsManager> {
    const connection = await this.open();
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const options = { checkAPI: false, ...(this.#domain !== undefined && { domain: this.#domain }) };
    return (await jetstreamManager(connection as never, options)) as unknown as NatsManager;
  }

  async #watch(connection: NatsConnection): Promise<void> {
    this.#statuses = connection.status();
    for await (const status of this.#statuses) this.#note(status);
  }

  #note({ type, error, server }: NatsStatus): void {
    if (this.#isClosed) return;
    if (type === "close") {
      const advice = "Nothing more comes to its subscriptions; give it maxReconnectAttempts: -1";
      this.#logger.error({ server }, `The connection to NATS has closed itself for good. ${advice}.`);
    }
    if (type === "disconnect" || type === "close") {
      if (this.#isAway) return;
      this.#isAway = true;
      this.#logger.warn({ server }, "The connection to NATS is lost.");
      for (const each of this.#listeners) each.onDisconnect?.();
    } else if (type === "reconnect") {
      this.#isAway = false;
      this.#logger.info({ server }, "The connection to NATS is back.");
      for (const each of this.#listeners) each.onReconnect?.();
    } else if (type === "error") {
      for (const each of this.#listeners) each.onError?.(error);
    }
  }
}
