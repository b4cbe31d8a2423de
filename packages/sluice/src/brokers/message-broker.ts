/// <reference lib="esnext.disposable" preserve="true" />
import type { Container } from "../containers/container.js";
import type { Headers } from "../messages/metadata.js";
import type { BrokerFeatures } from "./broker-features.js";
import type { DeadLetterQueue } from "./dead-letter-queue.js";
import type { Message } from "./message.js";
import type { ReceivedMessage } from "./received-message.js";
import type { SubscribeOptions, Subscription } from "./subscribe-options.js";

export interface PublishOptions {
  /** Aborts when whoever published no longer waits. */
  readonly signal: AbortSignal;
  /**
   * The scope that the whole dispatch shares which emitted the messages, for a broker that writes into the same
   * transaction (rule U2); `undefined` where there is none.
   */
  readonly unitOfWork?: Pick<Container, "resolve"> | undefined;
}

/**
 * Carries notification events to other processes, and brings what others publish.
 *
 * - `publish` resolves when the broker has all the messages for good, never before; it keeps their order within a
 *   key. It must be safe to call while other calls are under way. When it rejects, any part of the messages may have
 *   arrived; another try carries the same ids. A broker that knows more says so: {@link PublishFailedError} names the
 *   messages that did not arrive, {@link MessageRefusedError} is final, {@link BrokerUnavailableError} blames none.
 * - `subscribe` resolves when the subscription stands: what is published from then on reaches it.
 * - `forward` puts a message that came into another topic as it came, and resolves when it is there for good.
 * - `close` sends what was accepted, closes its subscriptions, then lets go of all resources; publishing afterwards is
 *   an error.
 * - Who made a broker closes it: a mediator never does.
 */
export interface MessageBroker {
  publish(messages: readonly Message[], options: PublishOptions): Promise<void>;
  subscribe?(options: SubscribeOptions): Promise<Subscription>;
  forward?(message: Pick<ReceivedMessage, "raw">, options: ForwardOptions): Promise<void>;
  /** The dead letters of this name, ready for use: what they need at the broker is made. */
  deadLetterQueue?(name: string): Promise<DeadLetterQueue>;
  /** What it can do, of what not every broker can. */
  readonly features?: BrokerFeatures | undefined;
  close(): Promise<void>;
}

export interface ForwardOptions {
  readonly topic: string;
  /** Added to those that it came with. @default none */
  readonly headers?: Headers | undefined;
  /** Aborts when whoever forwards no longer waits. */
  readonly signal: AbortSignal;
}
