import { responseStream } from "../response-stream.js";
import type { NodeResponse } from "./node-response.js";
import { NodeSink } from "./node-sink.js";

/**
 * Writes a response of the web platform to one of node:http or node:http2, as fast as its reader takes it. Resolves
 * when it is written, or its reader has left; it never rejects.
 *
 * Set headers of your own on `res` before.
 */
export async function writeResponse(response: Response, res: NodeResponse): Promise<void> {
  const stream = responseStream(response);
  const closed = new Promise<void>((resolve) => res.once("close", resolve));
  // A reader that leaves is nothing to report, and an error without a listener would end the process.
  res.on("error", () => {});
  if (res.destroyed === true || res.writableEnded) {
    stream?.cancel();
    await response.body?.cancel().catch(() => {});
    return;
  }
  writeHead(response, res);
  if (stream !== undefined) {
    res.once("close", () => stream.cancel());
    res.flushHeaders?.();
    stream.start(new NodeSink(res));
  } else if (response.body === null) res.end();
  else await writeBody(response.body, res, closed);
  await closed;
}

function writeHead(response: Response, res: NodeResponse): void {
  res.statusCode = response.status;
  const cookies = response.headers.getSetCookie();
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") res.setHeader(name, value);
  }
  if (cookies.length > 0) res.setHeader("set-cookie", cookies);
}

async function writeBody(
  body: ReadableStream<Uint8Array>,
  res: NodeResponse,
  closed: Promise<void>,
): Promise<void> {
  const reader = body.getReader();
  const sink = new NodeSink(res);
  let goOn: (() => void) | undefined;
  // A reader that leaves is not kept waiting for: not for a chunk, not for drain.
  void closed
    .then(() => {
      goOn?.();
      return reader.cancel();
    })
    .catch(() => {});
  // A stream that has nothing yet shows its headers; an answer that is there goes out as one piece.
  const waiting = setTimeout(() => res.flushHeaders?.(), 0);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(waiting);
      if (res.destroyed === true) return;
      if (done) return void res.end();
      sink.write(value);
      if (!sink.isFull) continue;
      await new Promise<void>((resolve) => {
        goOn = resolve;
        sink.onDrain(resolve);
      });
    }
  } catch (cause) {
    // Half an answer must not look whole.
    res.destroy(new Error("The response's body failed.", { cause }));
  }
}
