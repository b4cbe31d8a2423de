import type { ServerResponse } from "node:http";

/** The fastest way that was found by hand: strings joined, flushed in `nextTick` or at 16 KiB. */
export async function pumpByHand(source: AsyncIterable<unknown>, res: ServerResponse): Promise<void> {
  res.writeHead(200, { "content-type": "text/event-stream" });
  const left = new Promise<void>((resolve) => res.once("close", resolve));
  let text = "";
  let willFlush = false;
  let pausedAt = performance.now();
  let n = 0;
  const flush = () => {
    willFlush = false;
    if (text === "" || res.destroyed) return;
    res.write(text);
    text = "";
  };
  for await (const item of source) {
    text += `id: ${++n}\ndata: ${JSON.stringify(item)}\n\n`;
    if (text.length >= 16_384) flush();
    else if (!willFlush) {
      willFlush = true;
      process.nextTick(flush);
    }
    if (res.writableNeedDrain) {
      await Promise.race([new Promise((resolve) => res.once("drain", resolve)), left]);
      pausedAt = performance.now();
    }
    if (performance.now() - pausedAt > 4) {
      await new Promise((resolve) => setImmediate(resolve));
      pausedAt = performance.now();
    }
    if (res.destroyed) return;
  }
  flush();
  res.end(`event: end\nid: end\ndata: {"items":${n}}\n\n`);
}
