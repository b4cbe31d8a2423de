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
import { areWhole } from "./broker-needs.js";
import { orderCases } from "./broker-order-cases.js";
import { publishingCases } from "./broker-publishing-cases.js";
import { replayCases } from "./broker-replay-cases.js";
import { restartCases } from "./broker-restart-cases.js";
import { retryCases } from "./broker-retry-cases.js";
import { BrokerTestBed } from "./broker-test-bed.js";
import type { ConformanceCase, SkippableTest } from "./conformance-case.js";
import { SharedRestart } from "./shared-restart.js";

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
 * which of them are for it; the others are skipped, or left out where `features` are given here. A message may come more than once where the contract allows it.
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
export function brokerConformance(options: BrokerConformanceOptions): ConformanceCase[] {
  const { name, stress } = options;
  if (stress !== undefined && !(Number.isSafeInteger(stress) && stress >= 2))
    throw new Error(`brokerConformance stress is ${stress}; expected a whole number from 2 up.`);
  const { features } = options;
  const isFor = ({ needs = [] }: BrokerCase) =>
    !areWhole(features) || needs.every(({ has }) => has(features, options));
  const due = all.filter(isFor);
  const cases = (what: string, times: number): ConformanceCase[] =>
    due.map((each) => ({
      name: `${name} ${each.title}${what}`,
      // Without a parameter that counts: some runners take one for a callback.
      run: (test = undefined) => runTogether(options, each, times, test),
    }));
  return [...cases("", 1), ...(stress === undefined ? [] : cases(`, ${stress} at a time`, stress))];
}

/** Runs a case so often at the same moment, and waits for all, also when one fails. */
async function runTogether(
  options: BrokerConformanceOptions,
  brokerCase: BrokerCase,
  times: number,
  test: SkippableTest | undefined,
): Promise<void> {
  const shared = options.restart && new SharedRestart(options.restart, times);
  const run = () => {
    const member = shared?.member();
    const given = { ...options, restart: member?.restart };
    return BrokerTestBed.run(given, brokerCase, test).finally(member?.leave);
  };
  const ends = await Promise.allSettled(Array.from({ length: times }, run));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
