import type { AddressInfo } from "node:net";
import { exposed, mediator, port, sayWhere } from "@sluice-examples/http-domain";
import express from "express";
import { expressSluice } from "sluice/http/express";

const app = express();

// Everything below /api is Sluice's; what stands before it (sessions, a log, CORS) holds for it too.
app.use((req, _res, next) => {
  console.log(`${req.method} ${req.originalUrl}`);
  next();
});
app.use(
  "/api",
  expressSluice(mediator, { ...exposed, onEnd: ({ name }, { status }) => console.log(name, status) }),
);

// The application's own routes are as ever.
app.get("/", (_req, res) => void res.send("Hello"));

const server = app.listen(port, "127.0.0.1", () => {
  sayWhere(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
