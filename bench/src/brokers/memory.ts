import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { MessageBroker } from "sluice";
import type { Row, Skipped } from "../work.js";
import { onEachBroker } from "./broker-kinds.js";

const count = 1_000_000;
const batchSize = 1_000;
const never = new AbortController().signal;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The heap while a slow consumer works through a backlog: its last tenth against its second. */
export const memories = (): AsyncGenerator<Row | Skipped> => onEachBroker(memoryOf);

async function memoryOf(name: string, broker: MessageBroker): Promise<Row> {
  const topic = crypto.randomUUID();
  // Somebody has to want them, where a broker keeps messages for groups only.
  const early = await broker.subscribe?.({
    topics: [topic],
    group: "bench",
    prefetch: 1,
    onMessage: () => {},
  });
  await early?.close();
  for (let from = 0; from < count; from += batchSize) {
    const batch = Array.from({ length: batchSize }, (_, n) => messageOf(topic, from + n));
    await broker.publish(batch, { signal: never });
  }
  const heaps: number[] = [];
  let handled = 0;
  const all = Promise.withResolvers<void>();
  const subscription = await broker.subscribe?.({
    topics: [topic],
    group: "bench",
    concurrency: 16,
    onMessage: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (++handled % (count / 10) !== 0) return;
      collectGarbage();
      heaps.push(process.memoryUsage().heapUsed / 1e6);
      // The first subscription has taken a few.
      if (handled >= (count / 10) * 9) all.resolve();
    },
  });
  await all.promise;
  await subscription?.close();
  const [, second = 0] = heaps;
  const last = heaps.at(-1) ?? 0;
  return {
    work: `${name}: heap over ${count} messages, slow handler`,
    measured: "at 9 tenths",
    took: `${last.toFixed(1)} MB`,
    against: "at 2 tenths",
    otherTook: `${second.toFixed(1)} MB`,
    value: last / second,
    unit: "×",
    goal: { bound: "at most", value: 1.1 },
  };
}

function messageOf(topic: string, n: number) {
  return {
    id: `m-${n}`,
    name: "order.placed",
    topic,
    key: `k-${n % 1_000}`,
    timestamp: new Date(),
    headers: {},
    payload: { orderId: `o-${n}`, text: "x".repeat(100) },
  };
}
