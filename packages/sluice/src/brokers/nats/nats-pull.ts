import type { NatsClient } from "./nats-client.js";
import type { NatsConnection, NatsInboxSubscription, NatsMessage } from "./nats-connection.js";
import { type NatsConsumer, pinnedGroup } from "./nats-consumers.js";
import { jetStreamProblem } from "./nats-errors.js";
import { type NatsDelivery, natsDelivery } from "./nats-wire.js";

const nanos = 1_000_000;
const expiresMs = 30_000;
const heartbeatMs = 5_000;
/** How often it is looked whether messages are missing. */
const gateMs = 250;
const mostBytes = 16 * 2 ** 20;
const encoder = new TextEncoder();

export interface NatsPullOptions {
  readonly client: NatsClient;
  readonly isPinned: boolean;
  /** Finds or makes the consumer; it goes on behind what came of the one before. */
  readonly consumer: (before: NatsConsumer | undefined) => Promise<NatsConsumer>;
  /** Whether others than this member still have messages, or the connection lost some: they come before newer ones. */
  readonly isMissingAny: (consumer: NatsConsumer) => Promise<boolean>;
  /** Whether a number that is missing in the consumer's count is asked for again: nothing is acknowledged. */
  readonly isOrdered: boolean;
  readonly onMessage: (message: NatsMessage, delivery: NatsDelivery) => void;
  /** Another request may be made. */
  readonly onReady: () => void;
  /** The server gives the messages to this member from now on; before this one another may have had them. */
  readonly onPinned: (consumer: NatsConsumer) => void;
  /** The server has given the messages of this member to another one. */
  readonly onUnpinned: () => void;
  readonly onTrouble: (problem: unknown) => void;
}

/** Asks one consumer for messages, so many at a time, and takes them as they come. */
export class NatsPull {
  readonly #options: NatsPullOptions;
  #connection: NatsConnection | undefined;
  #consumer: NatsConsumer | undefined;
  #inbox = "";
  #answers: NatsInboxSubscription | undefined;
  /** How many messages were asked for and have not come. */
  #asked = 0;
  /** Whether the server said anything since the last look. */
  #isHeard = true;
  #lastSeq = 0;
  #lastConsumerSeq = 0;
  /** By which the server knows the one member that it gives messages to. */
  #pin = "";
  /** A server that was started again has forgotten it: whoever had it asks first, and has it again. */
  #isPinOld = false;
  /** Who tries later than another one to open this has the say. */
  #turn = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isReady = false;
  #isClosed = false;

  constructor(options: NatsPullOptions) {
    this.#options = options;
  }

  get asked(): number {
    return this.#asked;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get consumer(): NatsConsumer | undefined {
    return this.#consumer;
  }

  /** Whether this is the member that gets the messages. */
  get hasPin(): boolean {
    return this.#pin !== "";
  }

  /** Makes the consumer, and listens. */
  async open(): Promise<void> {
    const turn = ++this.#turn;
    const { client, consumer, isOrdered } = this.#options;
    const connection = await client.open();
    const inbox = await client.inbox();
    const before = this.#consumer && { ...this.#consumer, lastSeq: this.#lastSeq };
    const found = await consumer(before);
    if (this.#isClosed || turn !== this.#turn) return;
    this.#consumer = found;
    if (before === undefined || isOrdered) this.#lastSeq = found.lastSeq;
    this.#lastConsumerSeq = 0;
    this.#connection = connection;
    this.#inbox = inbox;
    this.#asked = 0;
    this.#answers = connection.subscribe(inbox, {
      callback: (error, message) => {
        // What still comes for requests that were given up is not this inbox's.
        if (inbox === this.#inbox) this.#take(error, message);
      },
    });
    this.#isReady = true;
  }

  /** Asks for so many more; where the time is short, nobody else can ask meanwhile. */
  ask(count: number, isShort: boolean): void {
    const { stream, name } = this.#consumer as NatsConsumer;
    const connection = this.#connection as NatsConnection;
    const request = {
      batch: count,
      expires: (isShort ? 500 : expiresMs) * nanos,
      max_bytes: Math.max(mostBytes, 2 * (connection.info?.max_payload ?? 0)),
      ...(!isShort && { idle_heartbeat: heartbeatMs * nanos }),
      ...(this.#options.isPinned && { group: pinnedGroup, ...(this.#pin && { id: this.#pin }) }),
    };
    if (this.#asked === 0) this.#isHeard = true;
    this.#asked += count;
    const subject = `${this.#options.client.apiPrefix}.CONSUMER.MSG.NEXT.${stream}.${name}`;
    connection.publish(subject, encoder.encode(JSON.stringify(request)), { reply: this.#inbox });
  }

  /** Keeps the pin: the server waits only so long for the next request, also where there is room for no message. */
  keepPin(): void {
    if (this.#pin === "" || !this.#isReady) return;
    const { stream, name } = this.#consumer as NatsConsumer;
    const request = { batch: 1, max_bytes: 1, no_wait: true, group: pinnedGroup, id: this.#pin };
    const subject = `${this.#options.client.apiPrefix}.CONSUMER.MSG.NEXT.${stream}.${name}`;
    const reply = `${this.#inbox}.pin`;
    this.#connection?.publish(subject, encoder.encode(JSON.stringify(request)), { reply });
  }

  /** Called twice as rarely as heartbeats come: where none came, the request is lost. */
  look(): void {
    if (!this.#isReady || this.#asked === 0) return;
    if (this.#isHeard) this.#isHeard = false;
    else this.restart("nothing was heard of the consumer");
  }

  /** Asks anew, from another inbox: what was asked for before has no receiver any more, and the server forgets it. */
  restart(problem?: unknown, afterMs = 0, since = performance.now()): void {
    if (this.#isClosed) return;
    this.#letGo();
    this.#turn++;
    clearTimeout(this.#retry);
    if (problem !== undefined) this.#options.onTrouble(problem);
    this.#retry = setTimeout(() => void this.#reopen(afterMs, since), afterMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isReady = false;
    clearTimeout(this.#retry);
    // What is on its way still comes, and goes back at once.
    if (this.#options.client.connected !== undefined) await this.#answers?.drain().catch(() => {});
    else this.#letGo();
  }

  #letGo(): void {
    this.#isReady = false;
    this.#inbox = "";
    this.#asked = 0;
    if (this.#connection?.isClosed() === false) this.#answers?.unsubscribe();
    this.#answers = undefined;
  }

  async #reopen(afterMs: number, since: number): Promise<void> {
    // Whoever finds the connection again restarts this.
    if (this.#options.client.connected === undefined) return;
    const turn = this.#turn;
    try {
      const hasToWait = await this.#hasToWait(since);
      if (turn !== this.#turn) return;
      if (hasToWait) return this.restart(undefined, gateMs, since);
      await this.open();
    } catch (error) {
      // Another one tries.
      if (this.#turn > turn + 1) return;
      return this.restart(error, Math.min(5_000, Math.max(250, afterMs * 2)), since);
    }
    this.#isPinOld = true;
    if (this.#isReady) this.#options.onReady();
  }

  /** Whether what the server sent and nobody has comes first, when it is due. It is due after its ackWait. */
  async #hasToWait(since: number): Promise<boolean> {
    if (this.#options.isOrdered || this.#consumer === undefined) return false;
    const { ackWaitMs } = this.#consumer;
    // Who is not pinned lets the one go first that was.
    const longestMs = this.#options.isPinned && this.#pin === "" ? 2 * ackWaitMs : ackWaitMs;
    if (performance.now() - since > longestMs + gateMs) return false;
    return this.#options.isMissingAny(this.#consumer);
  }

  #take(error: Error | null, message: NatsMessage): void {
    this.#isHeard = true;
    if (error !== null) return this.restart(jetStreamProblem(error), 5_000);
    if (message.subject === this.#inbox) return this.#note(message);
    if (this.#asked > 0) this.#asked--;
    const delivery = natsDelivery(message.reply ?? "");
    if (this.#options.isOrdered) {
      if (delivery.consumerSeq !== this.#lastConsumerSeq + 1) return this.restart("a message is missing");
      this.#lastConsumerSeq++;
      this.#lastSeq = delivery.streamSeq;
    }
    const pin = this.#options.isPinned && message.headers?.get("Nats-Pin-Id");
    if (pin && pin !== this.#pin) {
      this.#pin = pin;
      this.#isPinOld = false;
      this.#options.onPinned(this.#consumer as NatsConsumer);
    }
    this.#options.onMessage(message, delivery);
  }

  /** What the server says besides messages. */
  #note({ headers }: NatsMessage): void {
    const { code = 0, description = "" } = headers ?? {};
    if (code === 100) return;
    const left = Number(headers?.get("Nats-Pending-Messages") || Number.NaN);
    const isOver = code === 408 || (code === 409 && /maxbytes|batch completed/i.test(description));
    if (code === 423) {
      this.#pin = "";
      if (!this.#isPinOld) this.#options.onUnpinned();
    }
    if ((isOver || code === 423) && left >= 0) {
      this.#asked = Math.max(0, this.#asked - left);
      return this.#options.onReady();
    }
    if (isOver || code === 404 || code === 423) return this.restart();
    this.restart(code === 503 ? "nobody answers for the consumer" : `${code} ${description}`, 250);
  }
}
