import { reasonOf } from "../../errors/reason.js";
import { backoff } from "../../resilience/backoff.js";
import { BrokerUnavailableError, MessageRefusedError } from "../publish-errors.js";
import type { OutgoingBatch, OutgoingMessage } from "./outgoing-batch.js";
import type { RabbitMQSettings } from "./rabbitmq-broker-options.js";
import type { RabbitMQChannel, RabbitMQEnvelope } from "./rabbitmq-client.js";
import { codeOf } from "./rabbitmq-errors.js";
import type { RabbitMQLink } from "./rabbitmq-link.js";
import type { RabbitMQTopology } from "./rabbitmq-topology.js";

declare function setImmediate(callback: () => void): unknown;

const pause = { baseMs: 50, maxMs: 2_000 };

/**
 * Sends messages in the order in which they are given, and waits for the server to confirm each. What is not confirmed
 * when the channel is lost is sent again on the next one, before all that came later.
 */
export class RabbitMQPublisher {
  readonly #link: RabbitMQLink;
  readonly #topology: RabbitMQTopology;
  readonly #settings: RabbitMQSettings;
  readonly #closing = new AbortController();
  readonly #exchanges = new Set<string>();
  #waiting: OutgoingMessage[] = [];
  /** On the wire, in their order, until it is known what becomes of them. */
  readonly #sent = new Set<OutgoingMessage>();
  #confirmed: OutgoingMessage[] = [];
  #channel: RabbitMQChannel | undefined;
  #isRunning = false;
  /** The channel is gone, and what was on it is not yet before what came later. */
  #isLosing = false;
  /** What went wrong at last on the way to a channel. */
  #problem: unknown;
  /** What the driver threw for a message that it could not write. */
  #blamed: unknown;
  /** Why the server closes the channel. */
  #reason: unknown;
  #wake: (() => void) | undefined;

  constructor(link: RabbitMQLink, topology: RabbitMQTopology, settings: RabbitMQSettings) {
    this.#link = link;
    this.#topology = topology;
    this.#settings = settings;
    link.connection.on("connection.unblocked", this.#onUnblocked);
  }

  readonly #onUnblocked = () => this.#wake?.();

  /** Resolves when the server has all of a batch. */
  async send(batch: OutgoingBatch, signal?: AbortSignal): Promise<void> {
    const { messages } = batch;
    if (messages.length === 0) return;
    signal?.throwIfAborted();
    if (this.#link.refusal !== undefined) throw this.#link.refusal;
    this.#refuseWhenFull(messages.length);
    const { publishTimeoutMs } = this.#settings;
    const giveUp = (error: unknown) => {
      batch.giveUp(error);
      this.#forgetSettled();
    };
    const timer = setTimeout(() => giveUp(this.#tooLate()), publishTimeoutMs);
    const onAbort = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    batch.refuseUnsendable();
    for (const message of messages) if (!message.isSettled) this.#waiting.push(message);
    this.#run();
    try {
      await batch.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** For when all batches are settled. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    this.#link.connection.removeListener("connection.unblocked", this.#onUnblocked);
    if (this.#channel !== undefined) await this.#link.close(this.#channel);
  }

  #refuseWhenFull(count: number): void {
    const { maxPending } = this.#settings;
    const waiting = this.#waiting.length;
    if (this.#isOpen || waiting + count <= maxPending) return;
    const why = this.#link.lastError === undefined ? "" : `: ${reasonOf(this.#link.lastError)}`;
    throw new BrokerUnavailableError(
      `${this.#link.where} takes no messages now, ${waiting} wait for it, and with ${count} more they were above maxPending (${maxPending})${why}`,
      { cause: this.#link.lastError },
    );
  }

  #tooLate(): BrokerUnavailableError {
    const { where, lastError = this.#problem } = this.#link;
    const why = lastError === undefined ? "Is it short of memory or disk?" : reasonOf(lastError);
    const what = `${where} did not confirm the message within publishTimeoutMs (${this.#settings.publishTimeoutMs} ms): ${why}`;
    return new BrokerUnavailableError(what, { cause: lastError });
  }

  get #isOpen(): boolean {
    return this.#channel?.active === true && this.#link.connection.ready;
  }

  #run(): void {
    if (this.#isRunning || this.#isLosing) return;
    // What is given while all is well goes out at once.
    if (this.#isOpen && this.#write(this.#channel as RabbitMQChannel)) return;
    void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isRunning = true;
    let failures = 0;
    while (this.#waiting.length > 0 && !this.#closing.signal.aborted) {
      try {
        if (this.#isLosing) await this.#untilWoken(pause.maxMs);
        this.#channel = this.#channel?.active ? this.#channel : await this.#open();
        if (this.#write(this.#channel)) this.#problem = undefined;
        else if (!this.#isOpen) await this.#untilWoken(pause.maxMs);
        else await this.#declareFor(this.#waiting[0] as OutgoingMessage);
      } catch (error) {
        this.#problem = error;
        if (this.#link.refusal !== undefined) this.#failAll(this.#waiting, this.#link.refusal);
        else await this.#untilWoken(backoff(++failures, pause));
      }
    }
    this.#isRunning = false;
  }

  /** Whether all is on the wire; it is not where an exchange must be declared first, or the server takes nothing. */
  #write(channel: RabbitMQChannel): boolean {
    let count = 0;
    for (const message of this.#waiting) {
      if (!message.isSettled) {
        if (!this.#exchanges.has(message.envelope.exchange) || !this.#isOpen) break;
        this.#transmit(channel, message);
      }
      count++;
    }
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    return this.#waiting.length === 0;
  }

  #transmit(channel: RabbitMQChannel, message: OutgoingMessage): void {
    this.#sent.add(message);
    channel.basicPublish(message.envelope, message.body).then(
      () => this.#confirm(message),
      (error) => this.#reject(message, error),
    );
  }

  #confirm(message: OutgoingMessage): void {
    message.isConfirmed = true;
    if (message.envelope.mandatory !== true) return this.#settle(message);
    // The driver says that a message came back a turn after it has confirmed it.
    if (this.#confirmed.push(message) > 1) return;
    setImmediate(() => {
      const confirmed = this.#confirmed;
      this.#confirmed = [];
      setImmediate(() => {
        for (const each of confirmed) this.#settle(each);
      });
    });
  }

  #settle(message: OutgoingMessage): void {
    this.#sent.delete(message);
    if (!message.isReturned) return message.batch.settle(message);
    const { exchange, routingKey } = message.envelope;
    const what = `no queue is bound to exchange ${JSON.stringify(exchange)} for routing key ${JSON.stringify(routingKey)}, so ${message.id} would disappear. Subscribe a group first, or set \`unroutable: "drop"\`.`;
    this.#fail(message, new BrokerUnavailableError(what));
  }

  #reject(message: OutgoingMessage, error: unknown): void {
    const code = codeOf(error);
    if (code !== "NACK" && code !== "CODEC") return this.#note(error);
    // What waited behind it in the driver is given the very same error.
    if (code === "CODEC" && this.#blamed === error) return;
    this.#blamed = error;
    this.#sent.delete(message);
    const problem =
      code === "NACK"
        ? new BrokerUnavailableError(
            `a queue did not take ${message.id}. It may be full: look at its x-max-length and x-overflow.`,
            { cause: error },
          )
        : new MessageRefusedError(message.id, `its headers do not fit into a frame: ${reasonOf(error)}`, {
            cause: error,
          });
    this.#fail(message, problem);
  }

  #note(error: unknown): void {
    if (codeOf(error) !== "CH_CLOSE") this.#reason ??= error;
  }

  #fail(message: OutgoingMessage, error: unknown): void {
    message.batch.fail(message, error, (other) => this.#sent.has(other));
  }

  #failAll(messages: Iterable<OutgoingMessage>, error: unknown): void {
    for (const message of [...messages]) message.batch.settle(message, { error });
    this.#forgetSettled();
  }

  #forgetSettled(): void {
    this.#waiting = this.#waiting.filter((message) => !message.isSettled);
  }

  async #open(): Promise<RabbitMQChannel> {
    const channel = await this.#link.acquire(this.#closing.signal);
    channel.on("basic.return", (envelope) => this.#onReturn(envelope));
    // After those who wait for a confirmation have heard of it.
    channel.on("close", () => {
      this.#isLosing = true;
      setImmediate(() => this.#onLost());
    });
    await channel.confirmSelect();
    return channel;
  }

  /** They come back in the order in which they were sent. */
  #onReturn({ exchange, routingKey, messageId }: RabbitMQEnvelope): void {
    const isIt = (message: OutgoingMessage) =>
      !message.isReturned &&
      message.envelope.exchange === exchange &&
      message.envelope.routingKey === routingKey &&
      message.envelope.messageId === messageId;
    for (const message of this.#sent) {
      if (!isIt(message)) continue;
      message.isReturned = true;
      return;
    }
  }

  #onLost(): void {
    this.#isLosing = false;
    const reason = this.#reason;
    this.#reason = undefined;
    this.#blame(reason);
    const again = [...this.#sent].filter((message) => !message.isConfirmed);
    for (const message of again) {
      this.#sent.delete(message);
      message.isReturned = false;
    }
    this.#waiting = [...again.filter((message) => !message.isSettled), ...this.#waiting];
    this.#run();
    this.#wake?.();
  }

  /** The server closes a channel for one message, and names it in words only. */
  #blame(reason: unknown): void {
    const text = reasonOf(reason);
    const code = codeOf(reason);
    if (code === "NOT_FOUND") this.#exchanges.clear();
    const [, size] = /message size (\d+)/.exec(text) ?? [];
    const [, exchange] = /exchange '([^']*)'/.exec(text) ?? [];
    for (const message of this.#sent) {
      if (size !== undefined && message.body.length === Number(size)) {
        this.#sent.delete(message);
        message.batch.fail(
          message,
          new MessageRefusedError(message.id, text, { cause: reason }),
          () => false,
        );
        return;
      }
      if (code === "ACCESS_REFUSED" && message.envelope.exchange === exchange)
        message.batch.settle(message, { error: new BrokerUnavailableError(text, { cause: reason }) });
    }
  }

  async #declareFor({ envelope: { exchange } }: OutgoingMessage): Promise<void> {
    try {
      await this.#link.once((channel) => this.#topology.exchange(channel, exchange));
      this.#exchanges.add(exchange);
    } catch (error) {
      if (!(error instanceof BrokerUnavailableError)) throw error;
      this.#failAll(
        this.#waiting.filter((message) => message.envelope.exchange === exchange),
        error,
      );
    }
  }

  /** Until the connection takes messages again, the channel is lost, or the broker closes. */
  async #untilWoken(atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, atMostMs);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
