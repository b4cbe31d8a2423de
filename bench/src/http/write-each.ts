import type { ServerResponse } from "node:http";

/** What most people write: each item by itself, waiting for drain. */
export async function writeEach(source: AsyncIterable<unknown>, res: ServerResponse): Promise<void> {
  res.writeHead(200, { "content-type": "text/event-stream" });
  const left = new Promise<void>((resolve) => res.once("close", resolve));
  let n = 0;
  for await (const item of source) {
    if (res.destroyed) return;
    if (!res.write(`id: ${++n}\ndata: ${JSON.stringify(item)}\n\n`)) {
      await Promise.race([new Promise((resolve) => res.once("drain", resolve)), left]);
    }
  }
  res.end(`event: end\nid: end\ndata: {"items":${n}}\n\n`);
}
