import { EventEmitter, once } from "node:events";
import type { DatabaseSync } from "node:sqlite";
import type { Metadata } from "sluice";
import { ProblemError } from "sluice/http";
import type { SqliteOutbox } from "sluice/stores/sqlite";
import type { PlaceOrder } from "../contracts/place-order.js";
import type { OrderSight } from "../contracts/watch-orders.js";
import type { Database } from "../database.js";
import { OrderCancelled, OrderPlaced } from "./order-events.js";
import { OrderRows } from "./order-rows.js";

/** All orders. An order is received, and then, once and for all, placed or cancelled. */
export class Orders {
  readonly #db: Database;
  readonly #rows: OrderRows;
  readonly #outbox: SqliteOutbox;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #version = 0;

  constructor(db: Database, outbox: SqliteOutbox) {
    this.#db = db;
    this.#rows = new OrderRows(db.connection);
    this.#outbox = outbox;
  }

  async receive(order: PlaceOrder): Promise<void> {
    const isNew = await this.#change(() => this.#rows.add(order));
    if (!isNew)
      throw new ProblemError({ status: 409, title: "This order was placed before", code: "ORDER_KNOWN" });
  }

  /** The row and the event commit together: nobody hears of an order that is not there, and nobody misses one. */
  async place(orderId: string, total: number, metadata: Metadata): Promise<void> {
    await this.#change((tx) => {
      const order = this.#rows.decide(orderId, "placed", { total });
      if (order !== undefined) this.#outbox.add(new OrderPlaced({ ...order, total }), tx, { metadata });
    });
  }

  /** Has no effect on an order that is placed or cancelled already. */
  async cancel(orderId: string, reason: string, metadata?: Metadata): Promise<void> {
    await this.#change((tx) => {
      const order = this.#rows.decide(orderId, "cancelled", { reason });
      if (order !== undefined) this.#outbox.add(new OrderCancelled({ ...order, reason }), tx, { metadata });
    });
  }

  invoice(orderId: string): Promise<void> {
    return this.#change(() => this.#rows.invoice(orderId));
  }

  mailed(orderId: string): Promise<void> {
    return this.#change(() => this.#rows.mailed(orderId));
  }

  one(orderId: string): OrderSight | undefined {
    return this.#rows.one(orderId);
  }

  /** The newest orders, now and after each change; whoever reads slowly misses what lies in between. */
  async *watch(signal: AbortSignal): AsyncGenerator<readonly OrderSight[]> {
    for (;;) {
      const seen = this.#version;
      yield this.#rows.newest(50);
      if (seen === this.#version) await once(this.#changes, "change", { signal });
    }
  }

  /** Ends what a process that was killed has left in the midst. */
  async recover(): Promise<void> {
    for (const { orderId, status } of this.#rows.unfinished()) {
      if (status === "placed") await this.invoice(orderId);
      else await this.cancel(orderId, "The shop was interrupted.");
    }
  }

  async #change<T>(work: (tx: DatabaseSync) => T): Promise<T> {
    const result = await this.#db.transaction(work);
    this.#outbox.committed();
    this.#version++;
    this.#changes.emit("change");
    return result;
  }
}
