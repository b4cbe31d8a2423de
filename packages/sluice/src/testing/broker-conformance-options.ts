import type { BrokerFeatures } from "../brokers/broker-features.js";
import type { MessageBroker } from "../brokers/message-broker.js";

export interface BrokerConformanceOptions {
  /** Stands before the names of the cases. */
  readonly name: string;
  /** Connects a broker; the suite closes it. Each case takes topics and groups of its own. */
  readonly create: () => MessageBroker | Promise<MessageBroker>;
  /**
   * Makes a topic, for a server that wants it before it is used. Where topics have partitions, give it four or more: a
   * case has two members of a group share one topic.
   * @default none
   */
  readonly createTopic?: ((name: string) => unknown) | undefined;
  /**
   * Replaces what the broker says itself of its features. Where all are given, cases that are not for it are left out;
   * else they are in the list, and skipped when they run.
   * @default none
   */
  readonly features?: Partial<BrokerFeatures> | undefined;
  /** The largest payload that must arrive, in bytes of JSON, from 1,000 up. @default 500_000 */
  readonly largestPayload?: number | undefined;
  /**
   * Kills the server, and resolves when it runs again on the same data. Cases that need it are left out without it.
   * @default none
   */
  readonly restart?: (() => Promise<void>) | undefined;
  /** How long a case waits for what must come, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined;
  /**
   * Has each case run a second time, so often at the same moment, each on a broker of its own: a whole number from 2 up.
   * @default none
   */
  readonly stress?: number | undefined;
}
