import { DatabaseSync } from "node:sqlite";
import BetterSqlite from "better-sqlite3";
import { describe, it } from "vitest";
import { inboxConformance, outboxConformance } from "../../testing/store-conformance.js";
import { storeTestRegistry as registry } from "../../testing/store-test-messages.js";
import { migrateSqlite } from "./migrate-sqlite.js";
import type { SqliteDatabase } from "./sqlite-drivers.js";
import { SqliteInbox } from "./sqlite-inbox.js";
import { SqliteOutbox } from "./sqlite-outbox.js";

type Database = SqliteDatabase & { exec(sql: string): unknown; close(): unknown };

const drivers: Readonly<Record<string, () => Database>> = {
  "better-sqlite3": () => new BetterSqlite(":memory:"),
  "node:sqlite": () => new DatabaseSync(":memory:"),
};

/** One connection: a transaction is open on it from begin to commit, whoever writes. */
const features = { concurrentTransactions: false, knowsWhenOver: true };

for (const [driver, open] of Object.entries(drivers)) {
  const bedOf = async <Store>(storeOn: (db: Database) => Store) => {
    const db = open();
    await migrateSqlite(db);
    return {
      store: storeOn(db),
      async transaction<T>(work: (tx: Database) => T | Promise<T>): Promise<T> {
        db.exec("begin immediate");
        try {
          const result = await work(db);
          db.exec("commit");
          return result;
        } catch (error) {
          db.exec("rollback");
          throw error;
        }
      },
      async close() {
        db.close();
      },
    };
  };

  describe(`stores on SQLite by ${driver} conform`, () => {
    const outboxes = outboxConformance({
      name: "an outbox",
      features,
      create: () => bedOf((db) => new SqliteOutbox<Database>(db, { registry })),
    });
    const inboxes = inboxConformance({
      name: "an inbox",
      features,
      create: () => bedOf((db) => new SqliteInbox<Database>(db, { registry })),
    });
    for (const { name, run } of [...outboxes, ...inboxes]) it(name, run);
  });
}
