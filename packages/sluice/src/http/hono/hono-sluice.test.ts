import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { Hono } from "hono";
import { describe, it } from "vitest";
import { httpConformance } from "../../testing/http-conformance.js";
import { honoSluice } from "./hono-sluice.js";

const features = { remoteAddress: true, ownsBody: true, backpressure: true };

function listen(app: Hono, path: string) {
  return new Promise<{ url: string; close(): Promise<void> }>((resolve) => {
    const server: ServerType = serve(
      { fetch: app.fetch, port: 0, hostname: "127.0.0.1" },
      ({ port }: AddressInfo) => {
        const close = () =>
          new Promise<void>((closed) => {
            server.close(() => closed());
            if ("closeAllConnections" in server) server.closeAllConnections();
          });
        resolve({ url: `http://127.0.0.1:${port}${path}`, close });
      },
    );
  });
}

describe("Hono conforms (issue 4, part 2)", () => {
  const cases = [
    ...httpConformance({
      name: "Hono",
      serve: (mediator, options) => {
        const app = new Hono();
        app.all("/api/*", honoSluice(mediator, options));
        return listen(app, "/api/");
      },
      features,
    }),
  ];
  for (const { name, run } of cases) it(name, run);
});
