import type { SideProcess } from "./side-process.js";

/** How fast a client that only counts bytes gets so many items, over so many connections together. */
export async function itemsPerSecond(
  served: SideProcess,
  items: number,
  connections: number,
): Promise<number> {
  const each = Math.ceil(items / connections);
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, () => read(served, each)));
  const took = performance.now() - start;
  return (each * connections * 1_000) / took;
}

/** Reads to the frame that ends the stream; some servers keep the connection open for seconds after that. */
function read(served: SideProcess, items: number): Promise<void> {
  const socket = served.open("Flow", { items });
  const end = `"items":${items}`;
  let last = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk) => {
      last = (chunk.length >= 200 ? chunk : Buffer.concat([last, chunk])).subarray(-200);
      if (!last.includes(end)) return;
      resolve();
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("A stream was not whole.")));
  });
}
