import fastifyCompress from "@fastify/compress";
import Fastify, { type FastifyInstance } from "fastify";
import { describe, it } from "vitest";
import { httpConformance } from "../../testing/http-conformance.js";
import { fetch2 } from "../node/serve.fixture.js";
import { fastifySluice } from "./fastify-sluice.js";

const features = { remoteAddress: true, ownsBody: true, backpressure: true };

async function listen(app: Pick<FastifyInstance, "listen" | "close">, path: string) {
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  return { url: address + path, close: () => app.close() };
}

describe("Fastify conforms (issue 4, part 2)", () => {
  const cases = [
    ...httpConformance({
      name: "Fastify",
      serve: async (mediator, options) => {
        const app = Fastify();
        app.register(fastifySluice, { prefix: "/api", mediator, ...options });
        return listen(app, "/api/");
      },
      features,
    }),
    ...httpConformance({
      name: "Fastify with @fastify/compress",
      serve: async (mediator, options) => {
        const app = Fastify();
        await app.register(fastifyCompress, { threshold: 0 });
        app.register(fastifySluice, { mediator, ...options });
        return listen(app, "/");
      },
      features,
    }),
    ...httpConformance({
      name: "Fastify over HTTP/2",
      serve: async (mediator, options) => {
        const app = Fastify({ http2: true });
        app.register(fastifySluice, { mediator, ...options });
        return listen(app as never, "/");
      },
      fetch: fetch2,
      features,
    }),
  ];
  for (const { name, run } of cases) it(name, run);
});
