import compression from "compression";
import express, { type Express } from "express";
import { describe, expect, it } from "vitest";
import { httpConformance } from "../../testing/http-conformance.js";
import { RecordingLogger } from "../../testing/recording-logger.js";
import { countTo, echo, exampleMediator } from "../adapter-tests.fixture.js";
import { serve1 } from "../node/serve.fixture.js";
import { expressSluice } from "./express-sluice.js";

const features = { remoteAddress: true, ownsBody: true, backpressure: true };

async function serve(app: Express, path = "/") {
  const served = await serve1(app);
  return { url: served.url.slice(0, -1) + path, close: served.close, [Symbol.asyncDispose]: served.close };
}

describe("Express conforms", () => {
  const cases = [
    ...httpConformance({
      name: "Express",
      serve: (mediator, options) => serve(express().use("/api", expressSluice(mediator, options)), "/api/"),
      features,
    }),
    ...httpConformance({
      name: "Express behind express.json() and compression()",
      serve: (mediator, options) =>
        serve(express().use(compression({ threshold: 0 }), express.json(), expressSluice(mediator, options))),
      features: { ...features, ownsBody: false },
    }),
  ];
  for (const { name, run } of cases) it(name, run);
});

describe("expressSluice", () => {
  it("shows hooks Express' own request, with what middleware before it has added", async () => {
    const { mediator, exposed } = exampleMediator();
    const seen: unknown[] = [];
    const app = express()
      .set("trust proxy", true)
      .use((_req, res, next) => {
        res.locals.user = "ada";
        next();
      })
      .use(
        "/:tenant/api",
        express.Router({ mergeParams: true }).use(
          expressSluice(mediator, {
            ...exposed,
            metadata: ({ native, request, remoteAddress }) => {
              seen.push(native.params.tenant, new URL(request.url).pathname, remoteAddress);
              return { headers: { user: native.res?.locals.user } };
            },
          }),
        ),
      );
    await using server = await serve(app, "/t1/api/");
    const response = await fetch(`${server.url}Echo`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": "192.0.2.7" },
      body: "{}",
    });
    expect(await response.json()).toEqual({ user: "ada" });
    expect(seen).toEqual(["t1", "/t1/api/Echo", "192.0.2.7"]);
  });

  it.each([
    ["express.json()", express.json()],
    ["express.raw()", express.raw({ type: "*/*" })],
    ["express.text()", express.text({ type: "*/*" })],
  ])("takes what %s has left of a body", async (_name, parser) => {
    const { mediator, exposed } = exampleMediator();
    await using server = await serve(express().use(parser, expressSluice(mediator, exposed)));
    const response = await echo(server.url, { text: "Grüße" });
    expect(await response.json()).toEqual({ input: { text: "Grüße" } });
  });

  it("says so when a body was read and nothing is left of it", async () => {
    const { mediator, exposed } = exampleMediator();
    const logger = new RecordingLogger();
    const app = express()
      .use((req, _res, next) => req.resume().on("end", next))
      .use(expressSluice(mediator, { ...exposed, logger }));
    await using server = await serve(app);
    expect((await echo(server.url, "lost")).status).toBe(500);
    expect(logger.records.map(({ details }) => details)).toMatchObject([
      { error: { code: "SLUICE_HTTP_BODY_TAKEN" } },
    ]);
  });

  it("keeps the headers that middleware has set, and leaves other routes alone", async () => {
    const { mediator, exposed } = exampleMediator();
    const app = express()
      .use((_req, res, next) => next(void res.set("x-own", "1")))
      .use("/api", expressSluice(mediator, exposed))
      .use(express.json())
      .post("/own", (req, res) => void res.json(req.body));
    await using server = await serve(app);
    const stream = await countTo(`${server.url}api/`, 2);
    expect([stream.headers.get("x-own"), await stream.json()]).toEqual(["1", [1, 2]]);
    const headers = { "content-type": "application/json" };
    const own = await fetch(`${server.url}own`, { method: "POST", headers, body: '{"a":1}' });
    expect(await own.json()).toEqual({ a: 1 });
  });
});
