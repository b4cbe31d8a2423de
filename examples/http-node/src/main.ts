import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exposed, mediator, port, sayWhere } from "@sluice-examples/http-domain";
import { createHttpHandler } from "sluice/http";
import { toNodeListener } from "sluice/http/node";

const handle = createHttpHandler(mediator, { basePath: "/api/", ...exposed });

const server = createServer(toNodeListener(handle));
server.listen(port, "127.0.0.1", () => {
  sayWhere(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
