import { describe, it } from "vitest";
import { MemoryInbox } from "../inbox/memory-inbox.js";
import { MemoryOutbox } from "../outbox/memory-outbox.js";
import { inboxConformance, outboxConformance } from "../testing/store-conformance.js";
import { storeTestRegistry as registry } from "../testing/store-test-messages.js";
import type { MemoryTransaction } from "./memory-transaction.js";

const transactionsOf = (store: { begin(): MemoryTransaction }) => ({
  async transaction<T>(work: (tx: MemoryTransaction) => T | Promise<T>): Promise<T> {
    const tx = store.begin();
    try {
      const result = await work(tx);
      tx.commit();
      return result;
    } catch (error) {
      tx.rollback();
      throw error;
    }
  },
  async close() {},
});

describe("stores in memory conform", () => {
  const outboxes = outboxConformance({
    name: "an outbox",
    features: { concurrentTransactions: true, knowsWhenOver: true },
    async create() {
      const store = new MemoryOutbox({ registry });
      return { store, ...transactionsOf(store) };
    },
  });
  const inboxes = inboxConformance({
    name: "an inbox",
    // Two transactions that accept the same message do not wait for each other.
    features: { concurrentTransactions: false, knowsWhenOver: true },
    async create() {
      const store = new MemoryInbox({ registry });
      return { store, ...transactionsOf(store) };
    },
  });
  for (const { name, run } of [...outboxes, ...inboxes]) it(name, run);
});
