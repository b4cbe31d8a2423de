import fastifyCompress from "@fastify/compress";
import Fastify, { type FastifyRequest } from "fastify";
import { describe, expect, it } from "vitest";
import { httpConformance } from "../../testing/http-conformance.js";
import { countTo, echo, exampleMediator } from "../adapter-tests.fixture.js";
import { fetch2 } from "../node/serve.fixture.js";
import { fastifySluice } from "./fastify-sluice.js";

const features = { remoteAddress: true, ownsBody: true, backpressure: true };

interface Listening {
  listen(options: { port: number; host: string }): Promise<string>;
  close(): PromiseLike<unknown>;
}

async function serve(app: Listening, path = "/") {
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  const close = async () => void (await app.close());
  return { url: address + path, close, [Symbol.asyncDispose]: close };
}

describe("Fastify conforms", () => {
  const cases = [
    ...httpConformance({
      name: "Fastify",
      serve: async (mediator, options) => {
        const app = Fastify();
        app.register(fastifySluice, { prefix: "/api", mediator, ...options });
        return serve(app, "/api/");
      },
      features,
    }),
    ...httpConformance({
      name: "Fastify with @fastify/compress",
      serve: async (mediator, options) => {
        const app = Fastify();
        await app.register(fastifyCompress, { threshold: 0 });
        app.register(fastifySluice, { mediator, ...options });
        return serve(app);
      },
      features,
    }),
    ...httpConformance({
      name: "Fastify over HTTP/2",
      serve: async (mediator, options) => {
        const app = Fastify({ http2: true });
        app.register(fastifySluice, { mediator, ...options });
        return serve(app);
      },
      fetch: fetch2,
      features,
    }),
  ];
  for (const { name, run } of cases) it(name, run);
});

describe("fastifySluice", () => {
  it("shows hooks Fastify's own request, with what its hooks have added", async () => {
    const { mediator, exposed } = exampleMediator();
    const app = Fastify({ trustProxy: true });
    app.decorateRequest("user", "");
    app.addHook("onRequest", async (request) => {
      request.setDecorator("user", "ada");
    });
    const seen: unknown[] = [];
    app.register(fastifySluice, {
      prefix: "/:tenant/api",
      mediator,
      ...exposed,
      metadata: ({ native, remoteAddress }) => {
        seen.push((native.params as { tenant: string }).tenant, remoteAddress);
        return { headers: { user: native.getDecorator<string>("user") } };
      },
    });
    await using server = await serve(app, "/t1/api/");
    expect(await (await echo(server.url, 1)).json()).toEqual({ input: 1, user: "ada" });
    expect(seen).toEqual(["t1", "127.0.0.1"]);
  });

  it("lets its own hooks refuse, in the words of the application's error handler", async () => {
    const { mediator, exposed } = exampleMediator();
    const app = Fastify();
    app.setErrorHandler((_error, _request, reply) => reply.code(403).send({ refused: true }));
    app.addHook("preHandler", async () => {
      throw new Error("no");
    });
    app.register(fastifySluice, { mediator, ...exposed });
    await using server = await serve(app);
    const response = await countTo(server.url, 1);
    expect([response.status, await response.json()]).toEqual([403, { refused: true }]);
  });

  it("shows answers to onSend hooks; streams have the headers set before, and are followed by onResponse", async () => {
    const { mediator, exposed } = exampleMediator();
    const steps: string[] = [];
    const nameOf = ({ url }: FastifyRequest) => url.replace(/\?.*/, "");
    const responded = Promise.withResolvers<void>();
    const app = Fastify();
    app.addHook("onRequest", async (_request, reply) => void reply.header("x-own", "1"));
    app.addHook("onSend", async (request) => void steps.push(`onSend ${nameOf(request)}`));
    app.addHook("onResponse", async (request) => {
      steps.push(`onResponse ${nameOf(request)}`);
      if (steps.length === 3) responded.resolve();
    });
    app.register(fastifySluice, { mediator, ...exposed });
    await using server = await serve(app);
    const answer = await echo(server.url, 1);
    expect([answer.headers.get("x-own"), answer.headers.get("content-length")]).toEqual(["1", "11"]);
    const stream = await countTo(server.url, 2);
    expect([stream.headers.get("x-own"), await stream.json()]).toEqual(["1", [1, 2]]);
    await responded.promise;
    expect(steps).toEqual(["onSend /Echo", "onResponse /Echo", "onResponse /CountTo"]);
  });

  it("leaves other routes their body parsers", async () => {
    const { mediator, exposed } = exampleMediator();
    const app = Fastify();
    app.register(fastifySluice, { prefix: "/api", mediator, ...exposed });
    app.post("/own", async ({ body }) => body);
    await using server = await serve(app);
    const headers = { "content-type": "application/json" };
    const own = await fetch(`${server.url}own`, { method: "POST", headers, body: '{"a":1}' });
    expect(await own.json()).toEqual({ a: 1 });
  });

  it("cuts open streams when the server closes, and their handlers end (S7)", async () => {
    const { mediator, exposed, ended } = exampleMediator();
    const app = Fastify();
    app.register(fastifySluice, { mediator, ...exposed });
    const { url } = await serve(app);
    const response = await fetch(`${url}Wait`, { headers: { accept: "text/event-stream" } });
    await app.close();
    await ended;
    await expect(response.text()).rejects.toThrow();
  });

  it("makes the application fail to start when an option is wrong", async () => {
    const { mediator } = exampleMediator();
    const app = Fastify();
    app.register(fastifySluice, { mediator, heartbeatMs: 0 });
    await expect(app.ready()).rejects.toMatchObject({ code: "SLUICE_INVALID_OPTION" });
  });
});
