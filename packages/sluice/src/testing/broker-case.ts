import type { BrokerFeatures } from "../brokers/broker-features.js";
import type { BrokerTestBed } from "./broker-test-bed.js";

/** What a case asks of a broker that not every broker can. */
export interface BrokerNeed {
  /** What is needed, in words: `consumer groups`. */
  readonly what: string;
  readonly has: (features: BrokerFeatures, bed: BrokerTestBed) => boolean;
}

export interface BrokerCase {
  readonly title: string;
  /** That without which it is left out. */
  readonly needs?: readonly BrokerNeed[];
  readonly body: (bed: BrokerTestBed) => Promise<void>;
}
