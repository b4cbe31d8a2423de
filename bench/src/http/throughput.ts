import { once } from "node:events";
import type { SideProcess } from "./side-process.js";

/** How fast a client that only counts bytes gets so many items, over so many connections together. */
export async function itemsPerSecond(
  served: SideProcess,
  items: number,
  connections: number,
): Promise<number> {
  const each = Math.ceil(items / connections);
  const start = performance.now();
  const ends = await Promise.all(Array.from({ length: connections }, () => read(served, each)));
  const took = performance.now() - start;
  if (ends.some((end) => !end.includes(`data: {"items":${each}}`)))
    throw new Error("A stream was not whole.");
  return (each * connections * 1_000) / took;
}

/** Reads to the end; gives the last bytes. */
async function read(served: SideProcess, items: number): Promise<string> {
  const socket = served.open("Flow", { items });
  let last = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    last = chunk.length >= 200 ? chunk : Buffer.concat([last.subarray(-200), chunk]);
  });
  await once(socket, "close");
  return last.subarray(-200).toString();
}
