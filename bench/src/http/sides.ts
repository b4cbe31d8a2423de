import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createHttpHandler } from "sluice/http";
import { toNodeListener, toWebRequest, writeResponse } from "sluice/http/node";
import { exposed, Flow, flow, mediator, Ticks } from "./flow.js";
import { pumpByHand } from "./pump-by-hand.js";
import { writeEach } from "./write-each.js";

/** Ways to serve a stream, by name: each answers `/Flow?input={"items":n}` with server-sent events. */
export const sides: Readonly<Record<string, () => Promise<RequestListener>>> = {
  "pump by hand, raw generator": async () => byHand(({ items }: Flow) => flow(items), pumpByHand),
  "pump by hand": async () => byHand((query) => mediator.stream(query), pumpByHand),
  "res.write an item": async () => byHand((query) => mediator.stream(query), writeEach),
  "sluice/http/node": async () => toNodeListener(createHttpHandler(mediator, exposed)),
  "sluice/http, web streams": async () => {
    const handle = createHttpHandler(mediator, exposed);
    return async (req, res) => {
      const response = await handle(toWebRequest(req));
      await writeResponse(new Response(response.body, response), res);
    };
  },
};

function byHand(
  source: (query: never) => AsyncIterable<unknown>,
  write: (source: AsyncIterable<unknown>, res: ServerResponse) => Promise<void>,
): RequestListener {
  return (req, res) => void write(source(queryOf(req) as never), res);
}

function queryOf({ url = "" }: IncomingMessage): Flow | Ticks {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const { items, everyMs } = JSON.parse(searchParams.get("input") ?? "{}");
  return pathname === "/Ticks" ? new Ticks(items, everyMs) : new Flow(items);
}
