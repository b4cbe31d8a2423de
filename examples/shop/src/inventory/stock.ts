import type { DatabaseSync } from "node:sqlite";
import type { Product, ReservedLine } from "../contracts/inventory-requests.js";
import type { OrderLine } from "../contracts/order.js";
import { products } from "./products.js";

const tables = `
  create table if not exists products (sku text primary key, name text, price integer, on_hand integer);
  create table if not exists holds (order_id text, sku text, quantity integer, primary key (order_id, sku));
  create table if not exists movements (order_id text, sku text, quantity integer);
  create table if not exists settled (order_id text primary key);
`;

const withLeft = `
  select sku, name, price,
    on_hand - (select coalesce(sum(quantity), 0) from holds where holds.sku = products.sku) as left
  from products`;

/** What lies in the shelves, and for whom. Whoever calls it has a transaction open. */
export class Stock {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(tables);
    const add = db.prepare("insert or ignore into products values (?, ?, ?, ?)");
    for (const { sku, name, price, onHand } of products) add.run(sku, name, price, onHand);
  }

  products(): readonly Product[] {
    return this.#db
      .prepare(`${withLeft} order by rowid`)
      .all()
      .map((row) => ({ ...row }) as unknown as Product);
  }

  /** Keeps a line for an order. A line that it holds already it does not hold twice. */
  hold(orderId: string, { sku, quantity }: OrderLine): ReservedLine {
    const product = this.#product(sku);
    if (product === undefined) return { sku, name: sku, quantity, price: 0, isHeld: false, left: 0 };
    const { name, price, left } = product;
    const line = { sku, name, quantity, price };
    if (this.#has("holds where order_id = ? and sku = ?", orderId, sku))
      return { ...line, isHeld: true, left };
    // A request that comes again when its order is over would hold something for ever.
    const isOver = this.#has("settled where order_id = ?", orderId);
    if (isOver || left < quantity) return { ...line, isHeld: false, left };
    this.#db.prepare("insert into holds values (?, ?, ?)").run(orderId, sku, quantity);
    return { ...line, isHeld: true, left: left - quantity };
  }

  /** The order is placed: what was held for it leaves the shelves. */
  take(orderId: string, lines: readonly OrderLine[]): void {
    const take = this.#db.prepare("update products set on_hand = on_hand - ? where sku = ?");
    const note = this.#db.prepare("insert into movements values (?, ?, ?)");
    for (const { sku, quantity } of lines) {
      take.run(quantity, sku);
      note.run(orderId, sku, -quantity);
    }
    this.release(orderId);
  }

  /** Nothing is held for this order any more, nor will be. */
  release(orderId: string): void {
    this.#db.prepare("delete from holds where order_id = ?").run(orderId);
    this.#db.prepare("insert or ignore into settled values (?)").run(orderId);
  }

  #product(sku: string): Product | undefined {
    return this.#db.prepare(`${withLeft} where sku = ?`).get(sku) as Product | undefined;
  }

  #has(rows: string, ...params: string[]): boolean {
    return this.#db.prepare(`select 1 from ${rows}`).get(...params) !== undefined;
  }
}
