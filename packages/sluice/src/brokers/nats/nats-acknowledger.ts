import type { Outcome } from "../delivery.js";
import { RetryLater } from "../retry-later.js";
import type { NatsClient } from "./nats-client.js";

const nanos = 1_000_000;
const lastWordMs = 5_000;
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
  readonly #isPinned: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: NatsClient, isPinned: boolean) {
    this.#client = client;
    this.#isPinned = isPinned;
  }

  /** Says three times within `ackWaitMs` that all that is open is under way, and calls `onBeat`. */
  start(ackWaitMs: number, onBeat: () => void): void {
    this.#timer = setInterval(() => {
      if (this.#client.connected === undefined) return;
      this.#sayWorking();
      onBeat();
    }, ackWaitMs / 3);
  }

  /** How many messages of a topic are open. */
  open(place: number): number {
    return this.#open.get(place)?.size ?? 0;
  }

  /** Gives what to call when it is settled; `undefined` where the message is under way already. */
  take(place: number, reply: string, seq: number): ((outcome: Outcome) => void) | undefined {
    const ofTopic = this.#open.get(place) ?? new Map<number, Open>();
    this.#open.set(place, ofTopic);
    const known = ofTopic.get(seq);
    if (known !== undefined) {
      known.reply = reply;
      return undefined;
    }
    const open = { seq, reply };
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
    this.#sayWorking();
  }

  /**
   * Gives back what was released, in the order of the stream, in which the server will give it again. Where another
   * member is pinned next, it resolves when the server has done so.
   */
  async release(): Promise<void> {
    const all = this.#released.sort((a, b) => a.seq - b.seq);
    this.#released = [];
    const connection = this.#client.connected;
    const last = this.#isPinned && connection !== undefined ? all.pop() : undefined;
    for (const { reply } of all) this.#say(reply, released);
    if (last !== undefined) await connection?.request(last.reply, released, { timeout: lastWordMs });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.release();
  }

  #settle(open: Open, outcome: Outcome): void {
    if (outcome === "done") this.#say(open.reply, done);
    else if (outcome instanceof RetryLater)
      this.#say(open.reply, outcome.afterMs > 0 ? delayed(outcome.afterMs) : released);
    else {
      // Where another member is pinned next, all that was released comes together.
      if (this.#released.length === 0 && !this.#isPinned) queueMicrotask(() => void this.release());
      this.#released.push(open);
    }
  }

  /** Of all of them, in the order in which they came: in that order they are due when this process dies. */
  #sayWorking(): void {
    for (const { reply } of this.#released) this.#say(reply, working);
    for (const ofTopic of this.#open.values())
      for (const { reply } of ofTopic.values()) this.#say(reply, working);
  }

  #say(reply: string, answer: Uint8Array): void {
    const connection = this.#client.connected;
    if (connection !== undefined) connection.publish(reply, answer);
    else if (answer !== working) this.#late.push({ reply, answer });
  }
}
