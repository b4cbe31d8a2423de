import type { MessageBroker } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { ProblemDetails } from "../http/problem.js";
import { Credit } from "./credit.js";
import { countIn, type ReplyKind, replyMessage, requestHeaders } from "./protocol.js";
import { NoReplyWantedError } from "./request-reply-errors.js";

const mostCredit = 10_000;

/** A request that is being handled here, and the way of what comes of it back to its requester. */
export class OpenRequest {
  readonly id: string;
  readonly requester: string;
  /** Where the requester has asked for a stream: how many items it takes. */
  readonly credit: Credit | undefined;
  readonly #broker: MessageBroker;
  readonly #topic: string;
  readonly #run = crypto.randomUUID();
  readonly #aborting = new AbortController();
  readonly #signal: AbortSignal;
  readonly #sending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #place = 0;
  #lastHeard = performance.now();

  /** How long ago its requester stopped waiting, in milliseconds by the clock here; below 0 where it still does. */
  readonly lateMs: number;

  /**
   * @throws {MalformedMessageError} it is no message of the wire's format.
   * @throws {NoReplyWantedError} it does not say where its reply goes.
   */
  static of(
    message: ReceivedMessage,
    { broker, topic }: { readonly broker: MessageBroker; readonly topic: string },
    outer: AbortSignal,
  ): OpenRequest {
    const { id, raw } = message;
    const { [requestHeaders.replyTo]: replyTo, [requestHeaders.requester]: requester } = raw.headers;
    if (replyTo === undefined || requester === undefined) throw new NoReplyWantedError(id, topic);
    return new OpenRequest(broker, message, replyTo, requester, outer);
  }

  private constructor(
    broker: MessageBroker,
    message: ReceivedMessage,
    topic: string,
    requester: string,
    outer: AbortSignal,
  ) {
    this.#broker = broker;
    this.#topic = topic;
    this.id = message.id;
    this.requester = requester;
    const deadline = countIn(message.raw.headers, requestHeaders.deadline, Number.MAX_SAFE_INTEGER);
    this.lateMs = deadline === undefined ? -1 : Date.now() - deadline;
    const credit = countIn(message.raw.headers, requestHeaders.credit, mostCredit);
    this.credit = credit === undefined ? undefined : new Credit(Math.max(1, credit));
    this.#signal = AbortSignal.any([outer, this.#aborting.signal]);
  }

  /** Aborts when nobody waits for it any more. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Whether the requester has called it off, or was lost. */
  get isCancelled(): boolean {
    return this.#aborting.signal.aborted;
  }

  /** For how long nothing was heard of the requester, in milliseconds. */
  get silentMs(): number {
    return performance.now() - this.#lastHeard;
  }

  heard(): void {
    this.#lastHeard = performance.now();
  }

  cancel(reason: string): void {
    this.#aborting.abort(new DOMException(reason, "AbortError"));
  }

  reply(kind: ReplyKind, payload: unknown): Promise<void> {
    const { id: requestId, requester } = this;
    const at = { requester, requestId, run: this.#run, place: this.#place++ };
    return this.#broker.publish([replyMessage(kind, this.#topic, at, payload)], { signal: this.#signal });
  }

  /** Sends an item when there is credit for it; it does not wait until the item has arrived. */
  async item(item: unknown): Promise<void> {
    await this.credit?.take(this.#signal);
    if (this.#failure !== undefined) throw this.#failure.error;
    const sending = this.reply("item", item).catch((error) => {
      this.#failure ??= { error };
    });
    this.#sending.add(sending);
    void sending.then(() => this.#sending.delete(sending));
  }

  /** Says that there are no more items, when all have arrived. */
  async end(): Promise<void> {
    await Promise.all(this.#sending);
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.reply("end", undefined);
  }

  async fail(problem: ProblemDetails): Promise<void> {
    await Promise.all(this.#sending);
    await this.reply("failed", problem);
  }
}
