import type { DatabaseSync } from "node:sqlite";
import type { OrderLine } from "../contracts/order.js";
import type { PlaceOrder } from "../contracts/place-order.js";
import type { OrderSight } from "../contracts/watch-orders.js";

interface OrderRow {
  readonly orderId: string;
  readonly customer: string;
  readonly lines: readonly OrderLine[];
}

const tables = `
  create table if not exists orders (
    id text primary key, customer text, lines text, status text default 'received',
    reason text, total integer, is_mailed integer default 0
  );
  create table if not exists invoices (number integer primary key, order_id text unique references orders);
`;

/** The tables of the orders service. */
export class OrderRows {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(tables);
  }

  /** Whether it is a new one. */
  add({ orderId, customer, lines }: PlaceOrder): boolean {
    const add = this.#db.prepare("insert or ignore into orders (id, customer, lines) values (?, ?, ?)");
    return add.run(orderId, customer, JSON.stringify(lines)).changes === 1;
  }

  /** Decides on an order; `undefined` where that was done already. */
  decide(orderId: string, status: "placed" | "cancelled", more: { total?: number; reason?: string }) {
    const row = this.#db
      .prepare(
        `update orders set status = ?, total = ?, reason = ? where id = ? and status = 'received'
         returning id as orderId, customer, lines`,
      )
      .get(status, more.total ?? null, more.reason ?? null, orderId) as Stored<OrderRow> | undefined;
    return row && withLines(row);
  }

  /** Writes the invoice where there is none. */
  invoice(orderId: string): void {
    this.#db.prepare("insert or ignore into invoices (order_id) values (?)").run(orderId);
  }

  mailed(orderId: string): void {
    this.#db.prepare("update orders set is_mailed = 1 where id = ?").run(orderId);
  }

  one(orderId: string): OrderSight | undefined {
    return this.#read("where id = ?", orderId)[0];
  }

  newest(count: number): readonly OrderSight[] {
    return this.#read("order by orders.rowid desc limit ?", count);
  }

  /** What a process that was killed has left in the midst. */
  unfinished(): readonly OrderSight[] {
    return this.#read("where status = 'received' or (status = 'placed' and number is null)");
  }

  #read(which: string, ...params: (string | number)[]): OrderSight[] {
    const rows = this.#db
      .prepare(
        `select id as orderId, customer, lines, status, reason, number as invoice, total, is_mailed as isMailed
         from orders left join invoices on order_id = id ${which}`,
      )
      .all(...params) as unknown as Stored<OrderSight>[];
    return rows.map((row) => ({ ...withLines(row), isMailed: Boolean(row.isMailed) }));
  }
}

type Stored<Row> = Omit<Row, "lines"> & { readonly lines: string };

function withLines<Row extends { readonly lines: string }>({ lines, ...row }: Row) {
  return { ...row, lines: JSON.parse(lines) as OrderLine[] };
}
