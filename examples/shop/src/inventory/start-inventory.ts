import { bootstrap } from "sluice";
import { consume } from "sluice/consumers";
import { startResponder } from "sluice/request-reply";
import { migrateSqlite, SqliteInbox } from "sluice/stores/sqlite";
import { inventoryRequests, ListProducts, ReserveStock } from "../contracts/inventory-requests.js";
import { topics } from "../contracts/topics.js";
import { Database } from "../database.js";
import type { RunningService, ServiceParts } from "../service.js";
import { OrderCancelled, OrderPlaced, orderEvents } from "./messages.js";
import { reserveStock } from "./reserve-stock.js";
import { Stock } from "./stock.js";

/** The inventory: answers requests over the broker, and changes the stock when it hears of orders. */
export async function startInventory({ broker, folder, pickMs }: ServiceParts): Promise<RunningService> {
  const db = new Database("inventory", folder);
  migrateSqlite(db.connection);
  const stock = new Stock(db.connection);

  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(ReserveStock, reserveStock(db, stock, pickMs)),
    queriesMapper: (map) => map.bind(ListProducts, () => db.transaction(() => stock.products())),
    domainEventsMapper: (map) =>
      map
        .bind(OrderPlaced, ({ orderId, lines }) => stock.take(orderId, lines))
        .bind(OrderCancelled, ({ orderId }) => stock.release(orderId)),
  });

  // An event may come twice. The inbox marks it in the transaction in which the stock changes, so that changes once.
  const registry = orderEvents();
  const consumer = await consume({
    broker,
    topics: [topics.orders],
    group: "inventory",
    registry,
    mediator,
    inbox: new SqliteInbox(db.connection, { registry }),
    transaction: (work) => db.transaction(() => work(db.connection)),
  });

  const responder = await startResponder({
    broker,
    topic: topics.inventory,
    group: "inventory",
    registry: inventoryRequests(),
    mediator,
  });

  return {
    says: "answers over the broker",
    async close() {
      await Promise.all([consumer.close(), responder.close()]);
      await mediator.close();
      await db.close();
    },
  };
}
