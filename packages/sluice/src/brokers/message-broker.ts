/// <reference lib="esnext.disposable" preserve="true" />
import type { Container } from "../containers/container.js";
import type { Headers } from "../messages/metadata.js";

/** What a broker carries. */
export interface Message {
  /** The event's id, the same on every try (rule M3). */
  readonly id: string;
  /** The event's name on the wire. */
  readonly name: string;
  readonly topic: string;
  /** Messages of one key keep their order. */
  readonly key?: string | undefined;
  /** The moment the event happened. */
  readonly timestamp: Date;
  /** `correlation-id` and `causation-id` among them, where they are known. */
  readonly headers: Headers;
  readonly payload: unknown;
  /**
   * The payload as bytes, where it was written before, as by an outbox: a broker sends them as they are. Such a message
   * makes its `payload` of them when that is asked for.
   */
  readonly encoded?: EncodedPayload | undefined;
}

export interface EncodedPayload {
  /** The media type of {@link bytes}: `application/json`. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface PublishOptions {
  /** Aborts when whoever published no longer waits. */
  readonly signal: AbortSignal;
  /**
   * The scope that the whole dispatch shares which emitted the messages, for a broker that writes into the same
   * transaction (rule U2); `undefined` where there is none.
   */
  readonly unitOfWork?: Pick<Container, "resolve"> | undefined;
}

/** Stops the delivery to one subscriber. */
export interface Subscription extends AsyncDisposable {
  /** Takes no further message; resolves when those under way are handled. */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  readonly topic: string;
  /** A message is done when this resolves; what happens when it rejects is the broker's to say. */
  readonly onMessage: (message: Message) => unknown;
}

/**
 * Carries notification events to other processes.
 *
 * - `publish` resolves when the broker has all the messages for good, never before; it keeps their order within a
 *   key. It must be safe to call while other calls are under way. When it rejects, any part of the messages may have
 *   arrived; another try carries the same ids. A broker that knows more says so: {@link PublishFailedError} names the
 *   messages that did not arrive, {@link MessageRefusedError} is final, {@link BrokerUnavailableError} blames none.
 * - `close` sends what was accepted, then lets go of all resources; publishing afterwards is an error.
 * - Who made a broker closes it: a mediator never does.
 */
export interface MessageBroker {
  publish(messages: readonly Message[], options: PublishOptions): Promise<void>;
  subscribe?(options: SubscribeOptions): Promise<Subscription>;
  close(): Promise<void>;
}
