import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { fastifySSE } from "@fastify/sse";
import { getRequestListener } from "@hono/node-server";
import { os } from "@orpc/server";
import { RPCHandler } from "@orpc/server/node";
import { initTRPC } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { createSession } from "better-sse";
import Fastify from "fastify";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { Flow, mediator } from "./flow.js";

interface Input {
  readonly items: number;
}

/** What the others are given to send: the same items, and the frame by which a client knows the end. */
async function* flowWithEnd({ items }: Input) {
  yield* mediator.stream(new Flow(items));
  yield { items };
}

function inputOf({ url = "" }: { readonly url?: string | undefined }): Input {
  return JSON.parse(new URL(url, "http://localhost").searchParams.get("input") ?? "{}");
}

/** Other libraries that send events, each as its documentation shows it. */
export const peerSides: Readonly<Record<string, () => Promise<RequestListener>>> = {
  "@fastify/sse": async () => {
    const app = Fastify();
    await app.register(fastifySSE);
    app.get("/Flow", { sse: true }, async (request, reply) => {
      let id = 0;
      const events = async function* () {
        for await (const data of flowWithEnd(inputOf(request))) yield { id: String(++id), data };
      };
      await reply.sse.send(events());
    });
    await app.ready();
    return app.routing;
  },
  "better-sse": async () => async (req, res) => {
    const session = await createSession(req, res);
    await session.iterate(flowWithEnd(inputOf(req)));
    res.end();
  },
  "hono streamSSE": async () => {
    const app = new Hono().get("/Flow", (c) =>
      streamSSE(c, async (stream) => {
        let id = 0;
        for await (const item of flowWithEnd(inputOf(c.req))) {
          await stream.writeSSE({ id: String(++id), data: JSON.stringify(item) });
        }
      }),
    );
    return getRequestListener(app.fetch);
  },
  tRPC: async () => {
    const { procedure, router } = initTRPC.create();
    return createHTTPHandler({
      router: router({
        Flow: procedure.input((given) => given as Input).subscription(({ input }) => flowWithEnd(input)),
      }),
    });
  },
  oRPC: async () => {
    const handler = new RPCHandler({
      Flow: os.route({ method: "GET" }).handler(({ input }) => flowWithEnd(input as unknown as Input)),
    });
    return async (req: IncomingMessage, res: ServerResponse) => {
      req.url = `/Flow?data=${encodeURIComponent(JSON.stringify({ json: inputOf(req) }))}`;
      await handler.handle(req, res);
    };
  },
};
