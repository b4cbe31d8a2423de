import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Mediator } from "sluice";
import { createHttpHandler } from "sluice/http";
import { toNodeListener } from "sluice/http/node";
import { ListProducts } from "../contracts/inventory-requests.js";
import { PlaceOrder } from "../contracts/place-order.js";
import { WatchOrders } from "../contracts/watch-orders.js";
import { servePage } from "./serve-page.js";

/** Serves the requests that a page may make, and the page, on this machine only. */
export async function serve(mediator: Mediator, port: number) {
  const answer = toNodeListener(
    createHttpHandler(mediator, {
      basePath: "/api/",
      stream: [PlaceOrder, WatchOrders],
      send: [ListProducts],
    }),
  );
  const server = createServer((req, res) => {
    if (req.url?.startsWith("/api/")) answer(req, res);
    else servePage(req, res);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error) => {
    throw new Error(`cannot listen on port ${port}: ${error.message}; --port names another`, {
      cause: error,
    });
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
