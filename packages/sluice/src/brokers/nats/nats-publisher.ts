import { backoff } from "../../resilience/backoff.js";
import { BrokerUnavailableError, type MessageRefusedError } from "../publish-errors.js";
import type { NatsClient } from "./nats-client.js";
import type { NatsConnection, NatsInboxSubscription, NatsMessage } from "./nats-connection.js";
import {
  inWords,
  isPassing,
  isUnreachable,
  type NatsApiError,
  publishForbidden,
  unkept,
  unsent,
} from "./nats-errors.js";
import type { NatsParcel } from "./nats-parcel.js";
import { NatsPublishCall, type NatsShipment } from "./nats-publish-call.js";
import { NatsSendQueue } from "./nats-send-queue.js";
import type { NatsStreams } from "./nats-streams.js";

const mostInFlight = 4_000;
const mostBytesInFlight = 16 * 2 ** 20;
/** An acknowledgement that takes longer is lost: the message is sent again, and the server knows its id. */
const ackTimeoutMs = 5_000;
const wait = { baseMs: 100, maxMs: 2_000 };
const lost = "the connection is lost";
const decoder = new TextDecoder();

export interface NatsPublisherOptions {
  readonly client: NatsClient;
  readonly streams: NatsStreams;
  readonly publishTimeoutMs: number;
  readonly maxPending: number;
}

/**
 * Sends messages in the order of publishing, thousands at a time, and waits for their acknowledgements.
 *
 * When one of them is not acknowledged for a reason that may pass, nothing more is sent until all others are answered;
 * then it goes on from the first that is not acknowledged, which goes alone. So what is behind it never overtakes it, and
 * by its id the server knows again what it has.
 */
export class NatsPublisher {
  readonly #options: NatsPublisherOptions;
  readonly #calls = new Set<NatsPublishCall>();
  readonly #queue = new NatsSendQueue();
  /** Topics whose stream is known to be there, where streams are made. */
  readonly #readyTopics = new Set<string>();
  /** Topics whose stream is being looked for because nobody answered. */
  readonly #doubtful = new Set<string>();
  #connection: NatsConnection | undefined;
  #inbox = "";
  #answers: NatsInboxSubscription | undefined;
  #stopListening: (() => void) | undefined;
  #published = 0;
  /** How many may be in flight: none while something is wrong, one to find out whether it still is. */
  #limit = 0;
  #failures = 0;
  /** What is wrong. */
  #trouble: unknown;
  #isPreparing = false;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: NatsPublisherOptions) {
    this.#options = options;
  }

  /** Resolves when the server has all of them; those that are errors need not be sent. */
  async publish(parcels: readonly (NatsParcel | MessageRefusedError)[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (parcels.length === 0) return;
    const { publishTimeoutMs: timeoutMs, maxPending } = this.#options;
    if (this.#trouble !== undefined && this.#queue.size + parcels.length > maxPending) {
      const what = `${this.#queue.size} messages wait for NATS, and maxPending is ${maxPending}`;
      throw new BrokerUnavailableError(`${what} (${inWords(this.#trouble)}).`, { cause: this.#trouble });
    }
    const call = new NatsPublishCall({
      size: parcels.length,
      signal,
      timeoutMs,
      trouble: () => this.#trouble,
      onOver: (over) => this.#leave(over),
    });
    this.#calls.add(call);
    this.#watch ??= setInterval(() => this.#findLate(), 1_000);
    for (const parcel of parcels) {
      if ("id" in parcel) this.#queue.add(call.ship(parcel, this.#published++));
      else call.fail(parcel.messageId, parcel);
    }
    this.#send();
    await call.promise;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#calls.size === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  async close(): Promise<void> {
    await this.idle();
    this.#stopListening?.();
    clearTimeout(this.#pause);
    if (this.#connection?.isClosed() === false) this.#answers?.unsubscribe();
  }

  #leave(call: NatsPublishCall): void {
    this.#calls.delete(call);
    if (this.#trouble !== undefined) this.#queue.forgetOver();
    if (this.#calls.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #send(): void {
    if (this.#connection === undefined) return void this.#open();
    while (this.#queue.inFlight < this.#limit) {
      const { head, inFlight, bytesInFlight } = this.#queue;
      if (head === undefined) return;
      const { topic, body } = head.parcel;
      if (this.#options.streams.areCreated && !this.#readyTopics.has(topic)) return void this.#prepare(topic);
      if (inFlight > 0 && bytesInFlight + body.length > mostBytesInFlight) return;
      this.#sendOne(head, this.#connection);
    }
  }

  #sendOne(shipment: NatsShipment, connection: NatsConnection): void {
    const { topic, headers, body } = shipment.parcel;
    const token = this.#queue.send(shipment);
    try {
      connection.publish(topic, body, { headers, reply: `${this.#inbox}.${token}` });
      shipment.sentAt = performance.now();
    } catch (error) {
      this.#queue.answered(token);
      shipment.failed(unsent(shipment.parcel, error, connection.info?.max_payload));
    }
  }

  /** Connects, and listens for answers. */
  async #open(): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    try {
      await this.#listen();
    } catch (error) {
      this.#trouble = error;
      if (isUnreachable(error)) this.#probeLater();
      else this.#fail(() => true, error);
    }
    this.#isPreparing = false;
    if (this.#connection !== undefined) this.#send();
  }

  async #listen(): Promise<void> {
    const { client } = this.#options;
    const connection = await client.open();
    this.#inbox = await client.inbox();
    const callback = (error: Error | null, message: NatsMessage) =>
      error === null ? this.#answer(message) : this.#fail(() => true, error);
    this.#answers = connection.subscribe(`${this.#inbox}.*`, { callback });
    this.#stopListening?.();
    this.#stopListening = client.listen({
      onDisconnect: () => this.#disconnected(),
      onReconnect: () => {
        this.#takeBackAll(this.#trouble ?? lost);
        this.#probe();
      },
      onError: (error) => this.#forbidden(error),
    });
    this.#connection = connection;
    if (client.connected !== undefined) this.#recovered();
  }

  /** Finds or makes the stream of a topic. What is behind it waits. */
  async #prepare(topic: string): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    await this.#options.streams.of(topic).then(
      () => void this.#readyTopics.add(topic),
      (error: unknown) => this.#cannotBeFound(topic, error),
    );
    this.#isPreparing = false;
    this.#send();
  }

  #cannotBeFound(topic: string, error: unknown): void {
    if (!isUnreachable(error)) return this.#fail((parcel) => parcel.topic === topic, error);
    this.#stall(error);
  }

  #fail(which: (parcel: NatsParcel) => boolean, error: unknown): void {
    for (const call of this.#calls) {
      for (const shipment of call.shipments) if (which(shipment.parcel)) shipment.failed(error);
    }
  }

  #answer({ subject, data, headers }: NatsMessage): void {
    const shipment = this.#queue.answered(Number(subject.slice(this.#inbox.length + 1)));
    // It was sent again meanwhile, and has another answer to come.
    if (shipment === undefined) return;
    if (data.length === 0 && headers?.code === 503) return this.#nobodyThere(shipment);
    const { error } = JSON.parse(decoder.decode(data)) as { error?: NatsApiError };
    if (error !== undefined && isPassing(error)) {
      this.#queue.takeBack([shipment]);
      return this.#stall(error.description);
    }
    if (error === undefined) shipment.arrived();
    else this.#refuse(shipment, error);
    if (this.#limit === 1) this.#recovered();
    this.#goOn();
  }

  #recovered(): void {
    this.#limit = mostInFlight;
    this.#failures = 0;
    this.#trouble = undefined;
  }

  #goOn(): void {
    if (this.#limit > 0) this.#send();
    else if (this.#queue.inFlight === 0) this.#probeLater();
  }

  /** The stream does not keep it, and will not in a moment: those of its key in the same call are not sent after it. */
  #refuse(shipment: NatsShipment, answer: NatsApiError): void {
    const { key } = shipment.parcel;
    const error = unkept(shipment.parcel, answer);
    shipment.failed(error);
    if (key === undefined || !(error instanceof BrokerUnavailableError)) return;
    for (const other of this.#queue.waiting()) {
      if (other.call === shipment.call && other.parcel.key === key) other.failed(error);
    }
  }

  /** No stream has the subject, or the one that has it has nobody who speaks for it, which may pass. */
  #nobodyThere(shipment: NatsShipment): void {
    const { topic } = shipment.parcel;
    this.#queue.takeBack([shipment]);
    this.#stall(`nobody answers for ${topic}`);
    if (this.#doubtful.has(topic)) return;
    this.#doubtful.add(topic);
    this.#readyTopics.delete(topic);
    this.#options.streams
      .of(topic)
      .catch((error: unknown) => this.#cannotBeFound(topic, error))
      .finally(() => this.#doubtful.delete(topic));
  }

  /** Sends nothing more until the rest is answered. */
  #stall(trouble: unknown): void {
    this.#limit = 0;
    this.#trouble = trouble;
    if (this.#queue.inFlight === 0) this.#probeLater();
  }

  #takeBackAll(trouble: unknown): void {
    this.#queue.takeBackAll();
    this.#stall(trouble);
  }

  #disconnected(): void {
    this.#takeBackAll(lost);
    if (this.#connection?.isClosed()) this.#connection = undefined;
  }

  #probeLater(): void {
    clearTimeout(this.#pause);
    this.#failures++;
    this.#pause = setTimeout(() => this.#probe(), backoff(Math.min(this.#failures, 10), wait));
  }

  /** Sends the first of all that waits, alone. */
  #probe(): void {
    clearTimeout(this.#pause);
    if (this.#connection === undefined) {
      if (this.#calls.size > 0) void this.#open();
      return;
    }
    if (this.#options.client.connected === undefined || this.#limit > 0 || this.#queue.inFlight > 0) return;
    this.#queue.restore();
    if (this.#queue.head === undefined) return this.#recovered();
    this.#limit = 1;
    this.#send();
  }

  #findLate(): void {
    const { oldest } = this.#queue;
    if (oldest === undefined || performance.now() - oldest.sentAt < ackTimeoutMs) return;
    this.#takeBackAll(`no acknowledgement came within ${ackTimeoutMs} ms`);
  }

  #forbidden(error: unknown): void {
    const { operation, subject } = error as { operation?: unknown; subject?: unknown };
    if (operation !== "publish") return;
    this.#fail(({ topic }) => topic === subject, publishForbidden(String(subject), error));
    this.#queue.forgetOver();
    if (this.#limit === 1) this.#recovered();
    this.#goOn();
  }
}
