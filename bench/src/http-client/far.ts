// Started by run-http-client.ts: the far end, in a process of its own.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bootstrapStreaming } from "sluice";
import { createHttpHandler } from "sluice/http";
import { toNodeListener } from "sluice/http/node";
import { itemOf, ReadFiles } from "./read-files.js";

const count = 100_000;

const mediator = bootstrapStreaming({
  queriesMapper: (map) =>
    map.bind(ReadFiles, async function* ({ count }) {
      for (let n = 1; n <= count; n++) yield itemOf(n);
    }),
});
const answer = toNodeListener(createHttpHandler(mediator, { stream: [ReadFiles] }));

/** All frames, in pieces as long as a socket takes them. */
const ready: Buffer[] = [];
for (let n = 1, text = ""; n <= count; n++) {
  text += `{"id":${n},"data":${JSON.stringify(itemOf(n))}}\n`;
  if (n === count) text += `{"end":{"items":${count}}}\n`;
  if (text.length < 65_000 && n < count) continue;
  ready.push(Buffer.from(text));
  text = "";
}

async function answerReady(response: ServerResponse): Promise<void> {
  response.setHeader("content-type", "application/x-ndjson");
  for (const piece of ready) if (!response.write(piece)) await once(response, "drain");
  response.end();
}

const server = createServer((request, response) => {
  if (request.url === "/ready") void answerReady(response);
  else answer(request, response);
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
