import { exposed, mediator, port, sayWhere } from "@sluice-examples/http-domain";
import Fastify from "fastify";
import { fastifySluice } from "sluice/http/fastify";

const app = Fastify();

// Hooks of the application run before, as everywhere.
app.addHook("onRequest", async ({ method, url }) => console.log(`${method} ${url}`));
app.register(fastifySluice, { prefix: "/api", mediator, ...exposed });

// The application's own routes are as ever.
app.get("/", async () => "Hello");

sayWhere(await app.listen({ port, host: "127.0.0.1" }));

// Open streams are cut, and their handlers end.
process.once("SIGTERM", () => app.close());
