import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { describe, expect, it } from "vitest";
import { httpConformance } from "../../testing/http-conformance.js";
import { countTo, echo, exampleMediator } from "../adapter-tests.fixture.js";
import { honoSluice } from "./hono-sluice.js";

const features = { remoteAddress: true, ownsBody: true, backpressure: true };

async function serve(app: Pick<Hono, "fetch">, path = "/", overrideGlobalObjects = true) {
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${path}`, close, [Symbol.asyncDispose]: close };
}

describe("Hono conforms", () => {
  const cases = [
    ...httpConformance({
      name: "Hono on @hono/node-server",
      serve: (mediator, options) => serve(new Hono().all("/api/*", honoSluice(mediator, options)), "/api/"),
      features,
    }),
    ...httpConformance({
      name: "Hono on @hono/node-server with middleware, and the platform's own Request and Response",
      serve: (mediator, options) => {
        const app = new Hono().use(cors()).route("/api", new Hono().all("/*", honoSluice(mediator, options)));
        return serve(app, "/api/", false);
      },
      features,
    }),
  ];
  for (const { name, run } of cases) it(name, run);
});

describe("honoSluice", () => {
  it("shows hooks Hono's context, with what middleware has set", async () => {
    const { mediator, exposed } = exampleMediator();
    type Variables = { Variables: { user: string } };
    const app = new Hono<Variables>()
      .use(async (c, next) => {
        c.set("user", "ada");
        await next();
      })
      .all(
        "/:tenant/api/*",
        honoSluice<undefined, Variables>(mediator, {
          ...exposed,
          metadata: ({ native }) => ({
            headers: { user: `${native.get("user")} of ${native.req.param("tenant")}` },
          }),
        }),
      );
    await using server = await serve(app, "/t1/api/");
    expect(await (await echo(server.url, 1)).json()).toEqual({ input: 1, user: "ada of t1" });
  });

  it("lets middleware set headers of a stream, before and after, and leaves other routes alone", async () => {
    const { mediator, exposed } = exampleMediator();
    const app = new Hono()
      .use(async (c, next) => {
        c.header("x-before", "1");
        await next();
        c.header("x-after", "2");
      })
      .all("/api/*", honoSluice(mediator, exposed))
      .post("/own", async (c) => c.json(await c.req.json()));
    await using server = await serve(app);
    const stream = await countTo(`${server.url}api/`, 2, { accept: "application/x-ndjson" });
    expect([stream.headers.get("x-before"), stream.headers.get("x-after")]).toEqual(["1", "2"]);
    expect(await stream.text()).toBe('{"id":1,"data":1}\n{"id":2,"data":2}\n{"end":{"items":2}}\n');
    const own = await fetch(`${server.url}own`, { method: "POST", body: '{"a":1}' });
    expect(await own.json()).toEqual({ a: 1 });
  });

  it("runs where there is no Node: on Request and Response alone", async () => {
    const { mediator, exposed, started, ended } = exampleMediator();
    const app = new Hono().all("/*", honoSluice(mediator, exposed));
    const counted = await app.request('/CountTo?input={"last":2}');
    expect(await counted.json()).toEqual([1, 2]);
    const waiting = await app.request("/Wait", { headers: { accept: "text/event-stream" } });
    const reader = waiting.body?.getReader();
    void reader?.read();
    await started;
    await reader?.cancel();
    await ended;
  });
});
