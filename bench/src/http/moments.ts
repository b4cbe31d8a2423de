import { fork } from "node:child_process";
import { once } from "node:events";
import type { Row } from "../work.js";
import type { SideProcess } from "./side-process.js";

const now = () => Number(process.hrtime.bigint());

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
}

function row(work: string, measured: string, ms: number, details: string, goal: number | undefined): Row {
  return {
    work,
    measured,
    took: details,
    against: "",
    otherTook: "",
    value: ms,
    unit: "ms",
    ...(goal !== undefined && { goal: { bound: "at most", value: goal } }),
  };
}

/** From the yield of an item to its receipt: both processes read the same clock. */
export async function* measureDelay(side: string, served: SideProcess, hasGoal = true): AsyncGenerator<Row> {
  const socket = served.open("Ticks", { items: 800, everyMs: 5 });
  const delays: number[] = [];
  socket.on("data", (chunk) => {
    const received = now();
    for (const [, at] of chunk.toString().matchAll(/"at":"(\d+)"/g))
      delays.push((received - Number(at)) / 1e6);
  });
  await once(socket, "close");
  const warm = delays.slice(100);
  const details = `${warm.length} items`;
  yield row(
    "delay from yield to receipt, p50",
    side,
    quantile(warm, 0.5),
    details,
    hasGoal ? 0.1 : undefined,
  );
  yield row("delay from yield to receipt, p99", side, quantile(warm, 0.99), details, hasGoal ? 1 : undefined);
}

/** What others wait for beside a handler that never waits. */
export async function measurePing(side: string, served: SideProcess, hasGoal = true): Promise<Row> {
  // A process of its own reads, or the ping would wait for this one.
  const reader = fork(new URL("read-flow.js", import.meta.url), [String(served.port)]);
  await once(reader, "message");
  const took: number[] = [];
  for (const start = performance.now(); performance.now() - start < 3_000; ) {
    const before = performance.now();
    await served.ping();
    took.push(performance.now() - before);
  }
  reader.kill();
  served.stop();
  return row(
    "a ping beside a handler that never waits, p99",
    side,
    quantile(took, 0.99),
    `${took.length} pings, p50 ${quantile(took, 0.5).toFixed(1)} ms`,
    hasGoal ? 15 : undefined,
  );
}

/** From the end of a connection to the handler's `finally`. */
export async function* measureFinally(side: string, served: SideProcess): AsyncGenerator<Row> {
  const took: number[] = [];
  for (let n = 0; n < 100; n++) {
    const socket = served.open("Wait", {});
    await once(socket, "data");
    const ended = served.message<{ ended: string }>();
    const left = now();
    socket.destroy();
    took.push((Number((await ended).ended) - left) / 1e6);
  }
  const details = `${took.length} times, p50 ${quantile(took, 0.5).toFixed(1)} ms`;
  yield row("finally after a disconnect, p99", side, quantile(took, 0.99), details, 5);
}

/** What an open stream keeps in memory. */
export async function* measureOpenStreams(side: string, served: SideProcess): AsyncGenerator<Row> {
  const count = 2_000;
  const before = await served.memory();
  const sockets = Array.from({ length: count }, () => served.open("Wait", {}));
  const heads = await Promise.all(sockets.map((socket) => once(socket, "data")));
  if (heads.some(([head]) => !String(head).startsWith("HTTP/1.1 200 "))) throw new Error("Not all are open.");
  const after = await served.memory();
  for (const socket of sockets) socket.destroy();
  const each = (after.heapUsed - before.heapUsed) / count;
  const all = ((after.rss - before.rss) / count / 1_000).toFixed(1);
  yield {
    ...row(`${count} open streams, heap for each`, side, each, `${all} kB of all memory`, undefined),
    unit: "B",
  };
}
