// A relay in a process of its own, which may be killed at any moment. It is told what to do by its first message.
import { startRelay } from "sluice/outbox";
import { type Crash, crashingAt } from "../crash-points.js";
import { engineOf } from "../engines/engines.js";
import { LogBroker } from "../log-broker.js";
import { type Mutant, mutate } from "../mutants.js";

export interface RelayOrder {
  readonly engine: string;
  readonly url: string;
  readonly log: string;
  readonly name: string;
  readonly leaseMs: number;
  readonly batchSize: number;
  readonly delayMs?: number;
  readonly crash?: Crash;
  readonly mutant?: Mutant;
  /** Seqs that the broker refuses: every n-th; and whether another one of each key, not of all keys the same. */
  readonly poisonEvery?: number;
  readonly isPoisonSpread?: boolean;
  /** A topic that is down. */
  readonly down?: string;
  readonly maxAttempts?: number;
  readonly retryMs?: number;
}

process.once("message", async (order: RelayOrder) => {
  const store = await engineOf(order.engine).open(order.url);
  const { queue } = store.outbox;
  if (order.mutant) mutate(order.mutant, store, queue);
  const log = new LogBroker({
    path: order.log,
    relay: order.name,
    delayMs: order.delayMs ?? 0,
    failureOf({ topic, key = "", payload }) {
      const { seq } = payload as { readonly seq: number };
      if (topic === order.down) return new Error("the destination is down");
      const place = seq + (order.isPoisonSpread ? Number(key.split("-").at(-1)) : 0);
      return order.poisonEvery && place % order.poisonEvery === 0 ? new Error("poison") : undefined;
    },
  });
  // How many rows each mark has changed, for whoever looks what one that was frozen has written.
  const rows = queue.rows as { complete: typeof queue.rows.complete };
  const { complete } = rows;
  rows.complete = async (leases, ids) => {
    const changed = await complete.call(rows, leases, ids);
    log.note("marked", changed, order.name);
    return changed;
  };
  const broker = order.crash ? crashingAt(order.crash, queue, log) : log;
  const { name, leaseMs, batchSize, maxAttempts, retryMs } = order;
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const relay = await startRelay({
    outbox: store.outbox,
    broker,
    name,
    leaseMs,
    batchSize,
    maxAttempts,
    retryMs,
    pollMs: 100,
    logger,
  });
  process.once("message", async () => {
    await relay.close();
    await store.close();
    process.disconnect();
  });
  process.send?.("ready");
});
