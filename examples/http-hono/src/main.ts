import { serve } from "@hono/node-server";
import { exposed, mediator, port, sayWhere } from "@sluice-examples/http-domain";
import { Hono } from "hono";
import { logger } from "hono/logger";
import { honoSluice } from "sluice/http/hono";

const app = new Hono();

// Middleware holds for Sluice's answers too.
app.use(logger());
app.all("/api/*", honoSluice(mediator, exposed));

// The application's own routes are as ever.
app.get("/", (c) => c.text("Hello"));

// On Deno, Bun or a worker: export default app.
serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, ({ port }) => sayWhere(`http://127.0.0.1:${port}`));
