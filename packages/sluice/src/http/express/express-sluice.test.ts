import compression from "compression";
import express, { type Express } from "express";
import { describe, it } from "vitest";
import { httpConformance } from "../../testing/http-conformance.js";
import { serve1 } from "../node/serve.fixture.js";
import { expressSluice } from "./express-sluice.js";

const features = { remoteAddress: true, ownsBody: true, backpressure: true };

describe("Express conforms (issue 4, part 2)", () => {
  const cases = [
    ...httpConformance({
      name: "Express",
      serve: async (mediator, options) =>
        below("/api", express().use("/api", expressSluice(mediator, options))),
      features,
    }),
    ...httpConformance({
      name: "Express behind express.json() and compression()",
      serve: async (mediator, options) =>
        below(
          "/",
          express().use(compression({ threshold: 0 }), express.json(), expressSluice(mediator, options)),
        ),
      features: { ...features, ownsBody: false },
    }),
  ];
  for (const { name, run } of cases) it(name, run);
});

async function below(path: string, app: Express) {
  const served = await serve1(app);
  return { ...served, url: new URL(path.replace(/\/?$/, "/"), served.url).href };
}
