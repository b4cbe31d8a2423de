import type { Inbox } from "../inbox/inbox.js";
import type { Outbox } from "../outbox/outbox.js";
import type { ConformanceCase } from "./conformance-case.js";
import { inboxCases } from "./inbox-cases.js";
import { addingCases } from "./outbox-adding-cases.js";
import { relayCases } from "./outbox-relay-cases.js";
import { topicCases } from "./outbox-topic-cases.js";
import { leaseCases } from "./queue-lease-cases.js";
import { rowCases } from "./queue-row-cases.js";
import type { StoreCase } from "./store-case.js";
import { addCommitted, type StoreConformanceOptions } from "./store-test-bed.js";
import { Tested, Todo } from "./store-test-messages.js";

/**
 * What every outbox must do (rules O1 to O4, M1 to M3), as cases for any test runner.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { MemoryOutbox } from "sluice/outbox";
 * import { outboxConformance, storeTestRegistry } from "sluice/testing";
 *
 * const cases = outboxConformance({
 *   name: "my outbox",
 *   features: { concurrentTransactions: true, knowsWhenOver: true },
 *   async create() {
 *     const store = new MemoryOutbox({ registry: storeTestRegistry });
 *     return {
 *       store,
 *       async transaction(work) {
 *         const tx = store.begin();
 *         const result = await work(tx);
 *         tx.commit();
 *         return result;
 *       },
 *       async close() {},
 *     };
 *   },
 * });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function outboxConformance<Tx>(options: StoreConformanceOptions<Outbox<Tx>, Tx>): ConformanceCase[] {
  const queueCases: StoreCase<Outbox<unknown>>[] = [
    ...leaseCases.map(
      ({ title, body }) =>
        ({ title, body: ({ bed }) => body(bed.store.queue) }) satisfies StoreCase<Outbox<unknown>>,
    ),
    ...rowCases.map(
      ({ title, body }) =>
        ({
          title,
          body: ({ bed }) =>
            body(bed.store.queue, async (count, keys = ["a"]) => {
              const events = Array.from(
                { length: count },
                (_, n) => new Tested({ n }, keys[n % keys.length]),
              );
              await addCommitted(bed, events);
              return events.map(({ eventId }) => eventId);
            }),
        }) satisfies StoreCase<Outbox<unknown>>,
    ),
  ];
  return casesOf(options, [...addingCases, ...queueCases, ...topicCases, ...relayCases]);
}

/** What every inbox must do (rules O7 and O8); see {@link outboxConformance}. */
export function inboxConformance<Tx>(options: StoreConformanceOptions<Inbox<Tx>, Tx>): ConformanceCase[] {
  const queueCases: StoreCase<Inbox<unknown>>[] = [
    ...leaseCases.map(
      ({ title, body }) =>
        ({ title, body: ({ bed }) => body(bed.store.queue) }) satisfies StoreCase<Inbox<unknown>>,
    ),
    ...rowCases.map(
      ({ title, body }) =>
        ({
          title,
          body: ({ bed }) =>
            body(bed.store.queue, async (count, keys = ["a"]) => {
              const ids = Array.from({ length: count }, () => crypto.randomUUID());
              await bed.store.add(ids.map((id, n) => [id, new Todo(id), { key: keys[n % keys.length] }]));
              return ids;
            }),
        }) satisfies StoreCase<Inbox<unknown>>,
    ),
  ];
  return casesOf(options, [...inboxCases, ...queueCases]);
}

function casesOf<Store, Tx>(
  { name, create, features }: StoreConformanceOptions<Store, Tx>,
  cases: readonly StoreCase<never>[],
): ConformanceCase[] {
  return cases
    .filter(({ needs }) => needs === undefined || features[needs])
    .map(({ title, body }) => ({
      name: `${name} ${title}`,
      async run() {
        const bed = await create();
        try {
          await body({ bed: bed as never });
        } finally {
          await bed.close();
        }
      },
    }));
}
