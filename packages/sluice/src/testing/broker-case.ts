import type { BrokerFeatures } from "../brokers/broker-features.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { BrokerConformanceOptions } from "./broker-conformance-options.js";
import type { BrokerTestBed } from "./broker-test-bed.js";

/** What is known of what is tested; its broker only when a case runs. */
interface Tested extends Pick<BrokerConformanceOptions, "restart"> {
  readonly broker?: MessageBroker;
}

/** What a case asks of a broker that not every broker can. */
export interface BrokerNeed {
  /** What is needed, in words: `consumer groups`. */
  readonly what: string;
  readonly has: (features: BrokerFeatures, tested: Tested) => boolean;
}

export interface BrokerCase {
  readonly title: string;
  /** That without which it is left out. */
  readonly needs?: readonly BrokerNeed[];
  readonly body: (bed: BrokerTestBed) => Promise<void>;
}
