import { carryingCases } from "./broker-carrying-cases.js";
import type { BrokerCase } from "./broker-case.js";
import { closingCases } from "./broker-closing-cases.js";
import type { BrokerConformanceOptions } from "./broker-conformance-options.js";
import { deadLetterCases } from "./broker-dead-letter-cases.js";
import { deliveryCases } from "./broker-delivery-cases.js";
import { forwardingCases } from "./broker-forwarding-cases.js";
import { groupCases } from "./broker-group-cases.js";
import { handoverCases } from "./broker-handover-cases.js";
import { limitCases } from "./broker-limit-cases.js";
import { orderCases } from "./broker-order-cases.js";
import { publishingCases } from "./broker-publishing-cases.js";
import { replayCases } from "./broker-replay-cases.js";
import { restartCases } from "./broker-restart-cases.js";
import { retryCases } from "./broker-retry-cases.js";
import { BrokerTestBed } from "./broker-test-bed.js";
import type { ConformanceCase } from "./conformance-case.js";

const all: readonly BrokerCase[] = [
  ...carryingCases,
  ...publishingCases,
  ...forwardingCases,
  ...deliveryCases,
  ...orderCases,
  ...limitCases,
  ...retryCases,
  ...groupCases,
  ...handoverCases,
  ...deadLetterCases,
  ...replayCases,
  ...closingCases,
  ...restartCases,
];

/**
 * What every message broker with subscriptions must do, as cases for any test runner. The broker's own `features` say
 * which of them are for it; the others are skipped. A message may come more than once where the contract allows it.
 *
 * @throws {Error} `stress` is out of range.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { MemoryMessageBroker } from "sluice/brokers";
 * import { brokerConformance, RecordingLogger } from "sluice/testing";
 *
 * const cases = brokerConformance({
 *   name: "my broker",
 *   create: () => new MemoryMessageBroker({ logger: new RecordingLogger() }),
 *   stress: 3,
 * });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function brokerConformance(given: BrokerConformanceOptions): ConformanceCase[] {
  const { name, stress, restart } = given;
  if (stress !== undefined && !(Number.isSafeInteger(stress) && stress >= 2))
    throw new Error(`brokerConformance stress is ${stress}; expected a whole number from 2 up.`);
  const options = { ...given, restart: restart && oneAtATime(restart) };
  const cases = (what: string, times: number): ConformanceCase[] =>
    all.map((each) => ({
      name: `${name} ${each.title}${what}`,
      // Without a parameter that counts: some runners take one for a callback.
      run: (test = undefined) => together(times, () => BrokerTestBed.run(options, each, test)),
    }));
  return [...cases("", 1), ...(stress === undefined ? [] : cases(`, ${stress} at a time`, stress))];
}

/** Waits for all of them, also when one fails. */
async function together(times: number, run: () => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(Array.from({ length: times }, run));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Cases that run at the same moment share a restart. */
function oneAtATime(restart: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= restart().finally(() => {
      running = undefined;
    });
    return running;
  };
}
