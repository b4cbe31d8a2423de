import { carryingCases } from "./broker-carrying-cases.js";
import type { BrokerCase } from "./broker-case.js";
import { closingCases } from "./broker-closing-cases.js";
import { deliveryCases } from "./broker-delivery-cases.js";
import type { BrokerConformanceOptions } from "./broker-features.js";
import { BrokerTestBed } from "./broker-test-bed.js";
import type { ConformanceCase } from "./conformance-case.js";

/**
 * What every message broker with subscriptions must do, as cases for any test runner. Messages may come more than
 * once; the suite counts each once.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { MemoryMessageBroker } from "sluice/brokers";
 * import { brokerConformance } from "sluice/testing";
 *
 * const cases = brokerConformance({
 *   name: "my broker",
 *   create: () => new MemoryMessageBroker(),
 *   features: { fanOut: true, orderPerKey: true, redelivery: true, singleInstance: true, largestPayload: 1e6 },
 * });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function brokerConformance(options: BrokerConformanceOptions): ConformanceCase[] {
  const { name, features } = options;
  const cases: BrokerCase[] = [...carryingCases, ...deliveryCases, ...closingCases];
  return cases
    .filter(({ needs }) => needs === undefined || features[needs])
    .map(({ title, body }) => ({ name: `${name} ${title}`, run: () => BrokerTestBed.run(options, body) }));
}
