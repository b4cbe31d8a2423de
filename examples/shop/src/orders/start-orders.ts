import { bootstrap } from "sluice";
import { consume } from "sluice/consumers";
import { startRelay } from "sluice/outbox";
import { connectRequester } from "sluice/request-reply";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
import { inventoryRequests, ListProducts } from "../contracts/inventory-requests.js";
import { PlaceOrder } from "../contracts/place-order.js";
import { topics } from "../contracts/topics.js";
import { WatchOrders } from "../contracts/watch-orders.js";
import { Database } from "../database.js";
import type { RunningService, ServiceParts } from "../service.js";
import { MailSent, mailEvents, OrderAccepted } from "./messages.js";
import { outgoingEvents } from "./order-events.js";
import { Orders } from "./orders.js";
import { placeOrder } from "./place-order.js";
import { serve } from "./serve.js";

/** The orders service: takes orders over HTTP, asks the inventory, and tells everybody what became of them. */
export async function startOrders({ broker, folder, port }: ServiceParts): Promise<RunningService> {
  const db = new Database("orders", folder);
  migrateSqlite(db.connection);
  const outbox = new SqliteOutbox(db.connection, { registry: outgoingEvents() });
  const orders = new Orders(db, outbox);
  await orders.recover();
  const relay = await startRelay({ outbox, broker, leaseMs: 3_000 });

  const inventory = await connectRequester({
    broker,
    topic: topics.inventory,
    registry: inventoryRequests(),
  });

  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(PlaceOrder, placeOrder(orders, inventory)),
    queriesMapper: (map) =>
      map
        .bind(WatchOrders, (_query, { signal }) => orders.watch(signal))
        .bind(ListProducts, (query, { signal, metadata }) => inventory.send(query, { signal, metadata })),
    domainEventsMapper: (map) =>
      map
        .bind(OrderAccepted, ({ orderId }) => orders.invoice(orderId))
        .bind(MailSent, ({ orderId }) => orders.mailed(orderId)),
  });

  // Noting twice that a mail was sent changes nothing: this needs no inbox.
  const consumer = await consume({
    broker,
    topics: [topics.mails],
    group: "orders",
    registry: mailEvents(),
    mediator,
  });
  const server = await serve(mediator, port);

  return {
    says: `${server.url} is the shop`,
    async close() {
      await server.close(); // ends the streams of all pages
      await consumer.close();
      await mediator.close();
      await inventory.close();
      await relay.drain({ signal: AbortSignal.timeout(2_000) }).catch(() => {}); // else the next start publishes it
      await relay.close();
      await db.close();
    },
  };
}
