import { reasonOf } from "../../errors/reason.js";
import { backoff } from "../../resilience/backoff.js";
import { BrokerUnavailableError, MessageRefusedError } from "../publish-errors.js";
import type { NatsClient } from "./nats-client.js";
import type { NatsConnection, NatsInboxSubscription, NatsMessage } from "./nats-connection.js";
import { apiCodes, isPassing, isUnreachable, type NatsApiError, publishForbidden } from "./nats-errors.js";
import { type NatsParcel, NatsPublishCall, NatsShipment } from "./nats-publish-call.js";
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
  readonly #readyTopics = new Set<string>();
  #connection: NatsConnection | undefined;
  #inbox = "";
  #answers: NatsInboxSubscription | undefined;
  #stopListening: (() => void) | undefined;
  #queue: NatsShipment[] = [];
  /** Where `#queue` begins: taking from the front of a long array moves all of it. */
  #first = 0;
  #published = 0;
  /** What is to be sent again, when the rest is answered. */
  #again: NatsShipment[] = [];
  /** What was sent and not answered, by the token of its answer, in the order of sending. */
  readonly #inFlight = new Map<number, NatsShipment>();
  #bytesInFlight = 0;
  #sent = 0;
  /** How many may be in flight: none while something is wrong, one to find out whether it still is. */
  #limit = 0;
  #failures = 0;
  #trouble: unknown;
  #isPreparing = false;
  readonly #asking = new Set<string>();
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
    if (this.#trouble !== undefined && this.#pending + parcels.length > maxPending) {
      const what = `${this.#pending} messages wait for NATS, and maxPending is ${maxPending}`;
      throw new BrokerUnavailableError(`${what}${this.#reason()}.`, { cause: this.#trouble });
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
      if (parcel instanceof MessageRefusedError) call.fail(parcel.messageId, parcel);
      else this.#enqueue(new NatsShipment(parcel, call, this.#published++));
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

  get #pending(): number {
    return this.#again.length + this.#queue.length - this.#first + this.#inFlight.size;
  }

  #reason(): string {
    const trouble = this.#trouble;
    return trouble === undefined ? "" : ` (${typeof trouble === "string" ? trouble : reasonOf(trouble)})`;
  }

  #enqueue(shipment: NatsShipment): void {
    shipment.call.shipments.push(shipment);
    this.#queue.push(shipment);
  }

  #leave(call: NatsPublishCall): void {
    this.#calls.delete(call);
    if (this.#trouble !== undefined) {
      this.#again = this.#again.filter(({ isOver }) => !isOver);
      this.#queue = this.#queue.slice(this.#first).filter(({ isOver }) => !isOver);
      this.#first = 0;
    }
    if (this.#calls.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #send(): void {
    if (this.#connection === undefined) return void this.#open();
    while (this.#first < this.#queue.length && this.#inFlight.size < this.#limit) {
      const shipment = this.#queue[this.#first] as NatsShipment;
      if (!shipment.isOver) {
        const { topic, body } = shipment.parcel;
        if (this.#options.streams.areCreated && !this.#readyTopics.has(topic))
          return void this.#prepare(topic);
        if (this.#inFlight.size > 0 && this.#bytesInFlight + body.length > mostBytesInFlight) break;
        this.#sendOne(shipment, this.#connection);
      }
      this.#first++;
    }
    if (this.#first === this.#queue.length || this.#first > 10_000) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
  }

  #sendOne(shipment: NatsShipment, connection: NatsConnection): void {
    const { topic, headers, body } = shipment.parcel;
    const token = this.#sent++;
    try {
      connection.publish(topic, body, { headers, reply: `${this.#inbox}.${token}` });
    } catch (error) {
      // The driver refuses only what no server would take, or when the connection is closed.
      return shipment.failed(unsent(shipment.parcel, error, connection));
    }
    shipment.sentAt = performance.now();
    this.#inFlight.set(token, shipment);
    this.#bytesInFlight += body.length;
  }

  /** Connects, and listens for answers. */
  async #open(): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    const { client } = this.#options;
    try {
      const connection = await client.open();
      this.#inbox = await client.inbox();
      const callback = (error: Error | null, message: NatsMessage) =>
        error === null ? this.#answer(message) : this.#fail(() => true, error);
      this.#answers?.unsubscribe();
      this.#answers = connection.subscribe(`${this.#inbox}.*`, { callback });
      this.#stopListening?.();
      this.#stopListening = client.listen({
        onDisconnect: () => this.#disconnected(),
        onReconnect: () => {
          this.#takeBack(this.#trouble ?? lost);
          this.#probe();
        },
        onError: (error) => this.#forbidden(error),
      });
      this.#connection = connection;
      this.#trouble = undefined;
      this.#failures = 0;
      this.#limit = client.connected === undefined ? 0 : mostInFlight;
    } catch (error) {
      this.#trouble = error;
      if (isUnreachable(error)) this.#probeLater();
      else this.#fail(() => true, error);
    }
    this.#isPreparing = false;
    if (this.#connection !== undefined) this.#send();
  }

  /** Finds or makes the stream of a topic. What is behind it waits. */
  async #prepare(topic: string): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    try {
      await this.#options.streams.of(topic);
      this.#readyTopics.add(topic);
    } catch (error) {
      this.#fail((parcel) => parcel.topic === topic, error);
    }
    this.#isPreparing = false;
    this.#send();
  }

  #fail(which: (parcel: NatsParcel) => boolean, error: unknown): void {
    for (const call of this.#calls) {
      for (const shipment of call.shipments) if (which(shipment.parcel)) shipment.failed(error);
    }
  }

  #answer({ subject, data, headers }: NatsMessage): void {
    const token = Number(subject.slice(this.#inbox.length + 1));
    const shipment = this.#inFlight.get(token);
    // It was sent again meanwhile, and has another answer to come.
    if (shipment === undefined) return;
    this.#inFlight.delete(token);
    this.#bytesInFlight -= shipment.parcel.body.length;
    if (data.length === 0 && headers?.code === 503) return this.#nobodyThere(shipment);
    const { error } = JSON.parse(decoder.decode(data)) as { error?: NatsApiError };
    if (error === undefined) {
      shipment.arrived();
      if (this.#limit === 1) this.#recovered();
    } else if (isPassing(error)) {
      return this.#stall([shipment], error.description);
    } else {
      this.#refuse(shipment, error);
    }
    this.#afterAnswer();
  }

  #recovered(): void {
    this.#limit = mostInFlight;
    this.#failures = 0;
    this.#trouble = undefined;
  }

  #afterAnswer(): void {
    if (this.#limit > 0) this.#send();
    else if (this.#inFlight.size === 0) this.#probeLater();
  }

  /** The server does not keep it, and will not in a moment: those of its key in the same call are not sent after it. */
  #refuse(shipment: NatsShipment, error: NatsApiError): void {
    const { id, key, topic } = shipment.parcel;
    const { description: reason = "no reason given" } = error;
    if (error.err_code === apiCodes.messageTooLarge) {
      const what = `it is larger than the stream of ${topic} takes (${reason}); raise its max_msg_size`;
      return shipment.failed(new MessageRefusedError(id, what));
    }
    const unkept = new BrokerUnavailableError(`The stream of ${topic} does not take it: ${reason}.`, {
      cause: error,
    });
    shipment.failed(unkept);
    if (key === undefined) return;
    for (let at = this.#first; at < this.#queue.length; at++) {
      const { parcel, call } = this.#queue[at] as NatsShipment;
      if (call === shipment.call && parcel.key === key) (this.#queue[at] as NatsShipment).failed(unkept);
    }
  }

  /** No stream has the subject, or the one that has it has nobody who speaks for it, which may pass. */
  #nobodyThere(shipment: NatsShipment): void {
    const { topic } = shipment.parcel;
    this.#readyTopics.delete(topic);
    this.#stall([shipment], `nobody answered for ${topic}`);
    if (this.#asking.has(topic)) return;
    this.#asking.add(topic);
    this.#options.streams
      .of(topic)
      .catch((error: unknown) => {
        this.#trouble = error;
        if (!isUnreachable(error)) this.#fail((parcel) => parcel.topic === topic, error);
      })
      .finally(() => this.#asking.delete(topic));
  }

  /** Takes back what is to be sent again, in its place, and sends nothing more until the rest is answered. */
  #stall(again: readonly NatsShipment[], trouble: unknown): void {
    this.#limit = 0;
    this.#trouble = trouble;
    this.#again.push(...again);
    if (this.#inFlight.size === 0) this.#probeLater();
  }

  #takeBack(trouble: unknown): void {
    const unanswered = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#bytesInFlight = 0;
    this.#stall(unanswered, trouble);
  }

  #disconnected(): void {
    this.#takeBack(lost);
    clearTimeout(this.#pause);
    if (!this.#connection?.isClosed()) return;
    this.#connection = undefined;
    if (this.#calls.size > 0) void this.#open();
  }

  #probeLater(): void {
    clearTimeout(this.#pause);
    this.#failures++;
    this.#pause = setTimeout(() => this.#probe(), backoff(Math.min(this.#failures, 10), wait));
  }

  #probe(): void {
    clearTimeout(this.#pause);
    if (this.#connection === undefined) return void (this.#calls.size > 0 && this.#open());
    if (this.#options.client.connected === undefined || this.#limit > 1 || this.#inFlight.size > 0) return;
    this.#queue = [...this.#again, ...this.#queue.slice(this.#first)].sort((a, b) => a.place - b.place);
    this.#again = [];
    this.#first = 0;
    this.#limit = 1;
    this.#send();
    // Nobody waits any more.
    if (this.#pending === 0) this.#recovered();
  }

  #findLate(): void {
    const [oldest] = this.#inFlight.values();
    if (oldest === undefined || performance.now() - oldest.sentAt < ackTimeoutMs) return;
    this.#takeBack(`no acknowledgement came within ${ackTimeoutMs} ms`);
  }

  #forbidden(error: unknown): void {
    const { operation, subject } = error as { operation?: unknown; subject?: unknown };
    if (operation !== "publish") return;
    this.#fail(({ topic }) => topic === subject, publishForbidden(String(subject), error));
    for (const [token, shipment] of this.#inFlight) {
      if (!shipment.isOver) continue;
      this.#inFlight.delete(token);
      this.#bytesInFlight -= shipment.parcel.body.length;
    }
    this.#afterAnswer();
  }
}

/** Why the driver did not send it. */
function unsent({ id, headers, body }: NatsParcel, error: unknown, connection: NatsConnection): unknown {
  if (/^Invalid/.test((error as Error).name)) {
    const bytes = headers.encode().length + body.length;
    const most = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    const what =
      bytes > most
        ? `it has ${bytes} bytes with its headers, and max_payload of this server is ${most}; send where the data are, or raise it`
        : reasonOf(error);
    return new MessageRefusedError(id, what, { cause: error });
  }
  return new BrokerUnavailableError(`the connection takes nothing more (${reasonOf(error)}).`, {
    cause: error,
  });
}
