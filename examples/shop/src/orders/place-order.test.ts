import { randomUUID } from "node:crypto";
import { bootstrap } from "sluice";
import { MemoryMessageBroker } from "sluice/brokers";
import { connectRequester } from "sluice/request-reply";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inventoryRequests } from "../contracts/inventory-requests.js";
import { type OrderProgress, PlaceOrder } from "../contracts/place-order.js";
import { topics } from "../contracts/topics.js";
import { Database } from "../database.js";
import { outgoingEvents } from "./order-events.js";
import { Orders } from "./orders.js";
import { placeOrder } from "./place-order.js";

const order = new PlaceOrder({
  orderId: randomUUID(),
  customer: "Ada",
  lines: [{ sku: "tea", quantity: 1 }],
});
const { orderId } = order;
const metadata = { correlationId: "c-1", causationId: undefined, messageId: "m-1", headers: {} };

let db: Database;
let outbox: SqliteOutbox;
let orders: Orders;

describe("the orders service by itself", () => {
  beforeEach(() => {
    db = new Database("orders", undefined);
    migrateSqlite(db.connection);
    outbox = new SqliteOutbox(db.connection, { registry: outgoingEvents() });
    orders = new Orders(db, outbox);
  });

  afterEach(() => db.close());

  const events = async () =>
    (await outbox.queue.desk.list({ state: "pending", limit: 10 })).map(({ name }) => name);

  it("cancels an order where no inventory answers", async () => {
    await using broker = closing(new MemoryMessageBroker());
    await using inventory = await connectRequester({
      broker,
      topic: topics.inventory,
      registry: inventoryRequests(),
      timeoutMs: 1,
    });
    const mediator = bootstrap({
      commandsMapper: (map) => map.bind(PlaceOrder, placeOrder(orders, inventory)),
    });

    const steps: OrderProgress[] = [];
    for await (const step of mediator.stream(order)) steps.push(step);
    expect(steps).toEqual([
      { step: "received" },
      { step: "cancelled", reason: "The inventory does not answer." },
    ]);
    expect(await events()).toEqual(["order.cancelled"]);
  });

  it("decides on an order once, and tells of it once", async () => {
    await orders.receive(order);
    await orders.place(orderId, 640, metadata);
    await orders.cancel(orderId, "Too late.");
    await orders.place(orderId, 640, metadata);
    expect(orders.one(orderId)).toMatchObject({ status: "placed", reason: null, total: 640 });
    expect(await events()).toEqual(["order.placed"]);
  });

  it("ends what a killed process has left in the midst", async () => {
    await orders.receive(order);
    await orders.place(orderId, 640, metadata);
    const other = new PlaceOrder({ ...order, orderId: randomUUID() });
    await orders.receive(other);

    await orders.recover();
    expect(orders.one(orderId)).toMatchObject({ status: "placed", invoice: 1 });
    expect(orders.one(other.orderId)).toMatchObject({
      status: "cancelled",
      reason: "The shop was interrupted.",
    });
    expect(await events()).toEqual(["order.placed", "order.cancelled"]);
  });
});

const closing = (broker: MemoryMessageBroker) =>
  Object.assign(broker, { [Symbol.asyncDispose]: () => broker.close() });
