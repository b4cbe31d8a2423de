import type { MessageBroker } from "../brokers/message-broker.js";

/** What a broker can do, of what not every broker can. */
export interface BrokerFeatures {
  /** Every subscriber of a topic receives every message; otherwise subscribers share them. */
  readonly fanOut: boolean;
  /** Messages with the same key reach a subscriber one after another, in the order of publishing. */
  readonly orderPerKey: boolean;
  /** A message comes again to a subscriber that failed on it. */
  readonly redelivery: boolean;
  /**
   * Messages reach the subscribers of the very instance that published them, and no other: a broker within the
   * process. Its `close()` waits until they are handled.
   */
  readonly singleInstance: boolean;
  /** The largest payload that must arrive, in bytes of JSON. */
  readonly largestPayload: number;
}

export interface BrokerConformanceOptions {
  /** Stands before the names of the cases. */
  readonly name: string;
  /** Connects a broker; the suite closes it. Each case takes topics of its own. */
  readonly create: () => MessageBroker | Promise<MessageBroker>;
  readonly features: BrokerFeatures;
  /**
   * How long a case waits for what must come, in milliseconds.
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}
