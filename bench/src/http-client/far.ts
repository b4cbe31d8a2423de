// Started by run-http-client.ts: the far end, in a process of its own.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bootstrapStreaming } from "sluice";
import { createHttpHandler } from "sluice/http";
import { toNodeListener } from "sluice/http/node";
import { itemOf, ReadFiles } from "./read-files.js";

const mediator = bootstrapStreaming({
  queriesMapper: (map) =>
    map.bind(ReadFiles, async function* ({ count }) {
      for (let n = 1; n <= count; n++) yield itemOf(n);
    }),
});
const answer = toNodeListener(createHttpHandler(mediator, { stream: [ReadFiles] }));

/** Frames that are made once, so that nothing but the reader is measured: 1,000 items, over and over. */
const frames = Array.from({ length: 1000 }, (_, i) => `{"id":${i + 1},"data":${JSON.stringify(itemOf(i))}}\n`);
const bytes = Buffer.from(frames.join(""));

const server = createServer(async (request, response) => {
  const repeats = Number(/^\/ready\/(\d+)$/.exec(request.url ?? "")?.[1]);
  if (!repeats) return answer(request, response);
  response.setHeader("content-type", "application/x-ndjson");
  for (let i = 0; i < repeats; i++) if (!response.write(bytes)) await once(response, "drain");
  response.end();
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
