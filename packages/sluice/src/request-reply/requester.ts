/// <reference lib="esnext.disposable" preserve="true" />
import { BrokerClosedError } from "../brokers/broker-closed-error.js";
import { headersOf } from "../brokers/headers-of.js";
import type { Message } from "../brokers/message.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { Subscription } from "../brokers/subscribe-options.js";
import { reasonOf } from "../errors/reason.js";
import type { ItemStream } from "../handlers/context-mediator.js";
import type { Logger } from "../handlers/logger.js";
import { withContentEncoding } from "../messages/compression.js";
import type { Request } from "../messages/request.js";
import { PendingCall } from "./pending-call.js";
import { controlMessage, replyKindOf, replyPlaceOf, requestHeaders } from "./protocol.js";
import { RemoteItems } from "./remote-items.js";
import type { RemoteSendOptions, RemoteStreamOptions, RequesterOptions } from "./requester-options.js";

export type RequesterSettings = {
  readonly [Option in keyof RequesterOptions]-?: NonNullable<RequesterOptions[Option]>;
};

/** How often a requester says that it is there, while it has requests under way, in milliseconds. */
export const aliveMs = 10_000;

/** Sends requests to another service, and takes what comes of them; {@link connectRequester} makes one. */
export class Requester implements AsyncDisposable {
  readonly #settings: RequesterSettings;
  readonly #logger: Logger;
  readonly #id = crypto.randomUUID();
  readonly #calls = new Map<string, PendingCall>();
  readonly #closing = new AbortController();
  #alive: ReturnType<typeof setInterval> | undefined;
  #replies: Subscription | undefined;

  constructor(settings: RequesterSettings) {
    this.#settings = settings;
    this.#logger = settings.logger;
  }

  async start(): Promise<this> {
    const { broker, replyTopic } = this.#settings;
    this.#replies = await broker.subscribe?.({
      topics: [replyTopic],
      prefetch: 10_000,
      onMessage: (message) => this.#receive(message),
    });
    return this;
  }

  /**
   * Sends a request to whichever responder takes it, and gives its response, as JSON has it.
   *
   * @throws {RemoteError} the far end failed; `problem` says how, as over HTTP.
   * @throws {NoReplyError} no response came within `timeoutMs`.
   * @throws {NotRegisteredError} the request's class is not registered.
   */
  async send<R>(request: Request<R>, options: RemoteSendOptions = {}): Promise<R> {
    const items = this.#call(request, options, undefined);
    const { value } = await items.next();
    await items.return();
    return value as R;
  }

  /**
   * Streams the items of a request from whichever responder takes it. Nothing happens before the first `next()`; `break`
   * tells the far handler to stop, and does not wait for it. The far handler runs `credit` items ahead at most.
   *
   * @throws {RemoteError} the far end failed, after the items that came before.
   * @throws {NoReplyError} no item came within `timeoutMs`.
   * @throws {ResponderLostError} the process that streamed died in the midst.
   */
  stream<R>(request: Request<R>, options: RemoteStreamOptions = {}): ItemStream<R> {
    return this.#call(
      request,
      options,
      options.credit ?? this.#settings.credit,
    ) as ItemStream<unknown> as ItemStream<R>;
  }

  /** Ends what is under way with an error, tells the responders, and takes no more. */
  async close(): Promise<void> {
    this.#closing.abort(new BrokerClosedError("Requester", "publish"));
    clearInterval(this.#alive);
    await this.#replies?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #call(
    request: Request<unknown>,
    options: RemoteSendOptions,
    credit: number | undefined,
  ): RemoteItems<unknown> {
    const leaving = new AbortController();
    const signals = [leaving.signal, this.#closing.signal, ...(options.signal ? [options.signal] : [])];
    const items = this.#items(request, options, credit, AbortSignal.any(signals), leaving.signal);
    return new RemoteItems(items, () => leaving.abort());
  }

  async *#items(
    request: Request<unknown>,
    options: RemoteSendOptions,
    credit: number | undefined,
    signal: AbortSignal,
    leaving: AbortSignal,
  ): AsyncGenerator<unknown, void, void> {
    signal.throwIfAborted();
    const message = this.#message(request, options, credit);
    const call = new PendingCall(message.name, options.timeoutMs ?? this.#settings.timeoutMs);
    this.#open(message.id, call);
    let isOver = false;
    try {
      await this.#settings.broker.publish([message], { signal });
      let granted = credit ?? 0;
      for (;;) {
        const reply = await call.next(signal);
        isOver = reply.kind !== "item";
        if (reply.kind === "end") return;
        yield reply.value;
        if (isOver) return;
        const due = call.taken + (credit ?? 0) - granted;
        if (due * 2 < (credit ?? 0)) continue;
        granted += due;
        this.#tell("credit", message.id, due);
      }
    } catch (error) {
      isOver ||= call.isFailed(error);
      if (!leaving.aborted) throw error;
    } finally {
      this.#calls.delete(message.id);
      if (this.#calls.size === 0) clearInterval(this.#alive);
      if (!isOver) this.#tell("cancel", message.id);
    }
  }

  #message(request: Request<unknown>, options: RemoteSendOptions, credit: number | undefined): Message {
    const { registry, topic, replyTopic, timeoutMs } = this.#settings;
    const { name, contentType, contentEncoding, bytes } = registry.encode(request);
    const id = crypto.randomUUID();
    const { correlationId = id, causationId, headers = {} } = options.metadata ?? {};
    const flow = withContentEncoding(headersOf({ correlationId, causationId, headers }), contentEncoding);
    const deadline = Date.now() + (options.timeoutMs ?? timeoutMs);
    return {
      id,
      name,
      topic,
      timestamp: new Date(),
      headers: {
        ...flow,
        [requestHeaders.replyTo]: replyTopic,
        [requestHeaders.requester]: this.#id,
        // A stream may go on for ever; only its beginning is awaited so long.
        [requestHeaders.deadline]: String(deadline),
        ...(credit !== undefined && { [requestHeaders.credit]: String(credit) }),
      },
      encoded: { contentType, bytes },
      payload: undefined,
    };
  }

  #open(id: string, call: PendingCall): void {
    if (this.#calls.size === 0) this.#alive = setInterval(() => this.#tell("alive", this.#id), aliveMs);
    this.#calls.set(id, call);
  }

  #receive(message: ReceivedMessage): void {
    const place = replyPlaceOf(message, this.#id);
    if (place === undefined) return;
    const call = this.#calls.get(place.requestId);
    if (call === undefined) return;
    try {
      call.receive(replyKindOf(message), place, message.payload);
    } catch (error) {
      // It is for this request, and cannot be read: it never will be.
      call.fail(error);
    }
  }

  /** What is lost of this ends by itself: a responder stops when it hears nothing for a while. */
  #tell(kind: "cancel" | "credit" | "alive", requestId: string, credit = 0): void {
    const { broker, topic } = this.#settings;
    const message = controlMessage(kind, topic, this.#id, requestId, credit);
    broker.publish([message], { signal: AbortSignal.timeout(aliveMs) }).catch((error) => {
      const what = `The responders of ${topic} were not told to ${kind}: ${reasonOf(error)}`;
      this.#logger.debug({ topic, kind, error }, what);
    });
  }
}
