import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { median, quartiles, ratiosOf } from "../median.js";
import type { Row } from "../work.js";
import type { SideProcess } from "./side-process.js";
import { itemsPerSecond } from "./throughput.js";

const stalled = 200;
const items = 300_000;
const rounds = 3;

/** What 200 clients that have stopped reading cost the others, and the server; behind each a handler without end. */
export async function* measureBesideStalled(side: string, served: SideProcess): AsyncGenerator<Row> {
  const beside: number[] = [];
  const alone: number[] = [];
  await itemsPerSecond(served, items, 4); // warm
  let grown = 0;
  for (let round = 0; round < rounds; round++) {
    alone.push(await itemsPerSecond(served, items, 4));
    const before = await served.memory();
    const sockets = await openStalled(served);
    beside.push(await itemsPerSecond(served, items, 4));
    grown = (await served.memory()).heapAndBuffers - before.heapAndBuffers;
    for (const socket of sockets) socket.destroy();
    await wait(500);
  }
  const ratios = ratiosOf(beside, alone);
  yield {
    work: `a rate beside ${stalled} clients that have stopped reading`,
    measured: side,
    took: `${Math.round(median(beside) / 1_000)}k items/s`,
    against: "without them",
    otherTook: `${Math.round(median(alone) / 1_000)}k items/s`,
    value: median(ratios),
    spread: quartiles(ratios),
    unit: "×",
    goal: { bound: "at least", value: 0.9 },
  };
  yield {
    work: "a client that has stopped reading, heap and buffers",
    measured: side,
    took: `${stalled} of them`,
    against: "",
    otherTook: "",
    value: grown / stalled / 1_000,
    unit: "kB",
    goal: { bound: "below", value: 64 },
  };
}

/** Clients that take the head of an endless stream and then nothing more; given when the system's buffers are full. */
async function openStalled(served: SideProcess): Promise<Socket[]> {
  const sockets = Array.from({ length: stalled }, () => served.open("Flow", {}));
  await Promise.all(
    sockets.map(async (socket) => {
      await once(socket, "readable");
      socket.pause();
    }),
  );
  await rest(served);
  return sockets;
}

/** Waits until a server has next to nothing to do, two seconds in a row. */
async function rest(served: SideProcess): Promise<void> {
  let last = (await served.memory()).cpu;
  for (let quiet = 0; quiet < 2; ) {
    await wait(1_000);
    const { cpu } = await served.memory();
    quiet = cpu - last < 200_000 ? quiet + 1 : 0;
    last = cpu;
  }
}
