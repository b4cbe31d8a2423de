import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
import { Folder } from "./folder.fixture.js";

export class OrderPlaced extends NotificationEvent<{ orderId: string }> {
  constructor(orderId: string, topic = "orders") {
    super({ eventId: orderId, eventName: "order.placed", topic, key: orderId, payload: { orderId } });
  }
}

export const registry = new MessageRegistry().register("order.placed", OrderPlaced);

/** The option that names the database of {@link shop}. */
export const database = "--database=sqlite:shop.db";

/** A folder with a database `shop.db`, and this many orders in its outbox: `o-1`, `o-2`, … */
export async function shop(orders: number): Promise<Folder & { readonly db: DatabaseSync }> {
  const folder = new Folder();
  const db = new DatabaseSync(join(folder.path, "shop.db"));
  migrateSqlite(db);
  const outbox = new SqliteOutbox(db, { registry });
  db.exec("begin");
  for (let n = 1; n <= orders; n++) outbox.add(new OrderPlaced(`o-${n}`), db);
  db.exec("commit");
  return Object.assign(folder, { db });
}
