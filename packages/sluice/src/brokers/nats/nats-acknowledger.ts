import type { Outcome } from "../delivery.js";
import { RetryLater } from "../retry-later.js";
import type { NatsClient } from "./nats-client.js";

const nanos = 1_000_000;
const encoder = new TextEncoder();
const done = encoder.encode("+ACK");
const released = encoder.encode("-NAK");
const working = encoder.encode("+WPI");
const delayed = (ms: number) => encoder.encode(`-NAK ${JSON.stringify({ delay: Math.round(ms * nanos) })}`);

/** A message that is not settled. */
interface Open {
  readonly seq: number;
  /** Where its acknowledgement goes: of the last time that it came. */
  reply: string;
  /** Whether the server was told, or has just given it, since the last round. */
  isFresh: boolean;
}

/**
 * Tells the server what becomes of messages, and meanwhile that they are being worked on, so that it gives none of them
 * to others.
 */
export class NatsAcknowledger {
  readonly #client: NatsClient;
  /** By the topic's place and the number in its stream. */
  readonly #open = new Map<number, Map<number, Open>>();
  /** What is to be told when the connection is back. */
  #late: { readonly reply: string; readonly answer: Uint8Array }[] = [];
  #released: Open[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: NatsClient) {
    this.#client = client;
  }

  /** Says three times within `ackWaitMs` that all that is open is under way. */
  start(ackWaitMs: number): void {
    this.#timer = setInterval(() => this.#sayWorking(), ackWaitMs / 3);
  }

  /** Gives what to call when it is settled; `undefined` where the message is under way already. */
  take(place: number, reply: string, seq: number): ((outcome: Outcome) => void) | undefined {
    let ofTopic = this.#open.get(place);
    if (ofTopic === undefined) this.#open.set(place, (ofTopic = new Map()));
    const known = ofTopic.get(seq);
    if (known !== undefined) {
      known.reply = reply;
      known.isFresh = true;
      return undefined;
    }
    const open = { seq, reply, isFresh: true };
    ofTopic.set(seq, open);
    return (outcome) => {
      ofTopic.delete(seq);
      this.#settle(open, outcome);
    };
  }

  /** What was said while the connection was lost is said again, and what is open is still under way. */
  reconnected(): void {
    const late = this.#late;
    this.#late = [];
    for (const { reply, answer } of late) this.#say(reply, answer);
    for (const ofTopic of this.#open.values()) for (const open of ofTopic.values()) open.isFresh = false;
    this.#sayWorking();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #settle(open: Open, outcome: Outcome): void {
    if (outcome === "done") this.#say(open.reply, done);
    else if (outcome instanceof RetryLater)
      this.#say(open.reply, outcome.afterMs > 0 ? delayed(outcome.afterMs) : released);
    else {
      if (this.#released.length === 0) queueMicrotask(() => this.#release());
      this.#released.push(open);
    }
  }

  /** In the order of the stream, in which the server will give them again. */
  #release(): void {
    const all = this.#released.sort((a, b) => a.seq - b.seq);
    this.#released = [];
    for (const { reply } of all) this.#say(reply, released);
  }

  #sayWorking(): void {
    if (this.#client.connected === undefined) return;
    for (const ofTopic of this.#open.values()) {
      for (const open of ofTopic.values()) {
        if (!open.isFresh) this.#say(open.reply, working);
        open.isFresh = false;
      }
    }
  }

  #say(reply: string, answer: Uint8Array): void {
    const connection = this.#client.connected;
    if (connection !== undefined) connection.publish(reply, answer);
    else if (answer !== working) this.#late.push({ reply, answer });
  }
}
