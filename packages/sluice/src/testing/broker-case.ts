import type { BrokerFeatures } from "./broker-features.js";
import type { BrokerTestBed } from "./broker-test-bed.js";

export interface BrokerCase {
  readonly title: string;
  /** The feature without which it is left out. */
  readonly needs?: keyof BrokerFeatures;
  readonly body: (bed: BrokerTestBed) => Promise<void>;
}
