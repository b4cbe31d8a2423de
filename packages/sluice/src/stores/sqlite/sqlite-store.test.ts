import { DatabaseSync } from "node:sqlite";
import BetterSqlite from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { inboxConformance, outboxConformance } from "../../testing/store-conformance.js";
import { storeTestRegistry as registry, Tested } from "../../testing/store-test-messages.js";
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
    migrateSqlite(db);
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

    it("finds what is added to any topic while one is left out, a moment later (O4)", async () => {
      const db = open();
      migrateSqlite(db);
      const outbox = new SqliteOutbox<Database>(db, { registry });
      const { rows, leases } = outbox.queue;
      const worker = { name: "only", token: "t", leaseMs: 60_000 };
      await leases.join(worker);
      const claim = { leases: await leases.take(worker, 1), limit: 10, skipKeys: [], skipTopics: ["down"] };
      const found = async () => (await rows.claim(claim)).map(({ topic }) => topic);
      vi.useFakeTimers();
      expect(await found()).toEqual([]);
      db.exec("begin");
      for (const topic of ["a", "", "down", "b"])
        db.exec(
          "insert into sluice_outbox (bucket, key_hash, message_id, name, topic, timestamp_ms, content_type, headers, body) " +
            `values (0, 1, '${topic}', 'n', '${topic}', 1, 'c', '{}', x'00')`,
        );
      db.exec("commit");
      expect(await found()).toEqual([]);
      vi.advanceTimersByTime(1_000);
      expect((await found()).toSorted()).toEqual(["", "a", "b"]);
      vi.useRealTimers();
      db.close();
    });

    it("sees nothing of a transaction that is open on its own connection, however it ends (O1)", async () => {
      const db = open();
      migrateSqlite(db);
      const outbox = new SqliteOutbox<Database>(db, { registry });
      const worker = { name: "relay", token: "t", leaseMs: 10_000 };
      await outbox.queue.leases.join(worker);
      const leases = await outbox.queue.leases.take(worker, 1);
      const claim = { leases, limit: 10, skipKeys: [], skipTopics: [] };

      db.exec("begin immediate");
      outbox.add(new Tested(1, "k"), db);
      const rolledBack = outbox.queue.rows.claim(claim);
      db.exec("rollback");
      expect(await rolledBack).toEqual([]);

      db.exec("begin immediate");
      outbox.add(new Tested(2, "k"), db);
      const committed = outbox.queue.rows.claim(claim);
      db.exec("commit");
      expect(await committed).toHaveLength(1);
      db.close();
    });

    it("says so when a transaction stays open on its connection (O1)", async () => {
      const db = open();
      migrateSqlite(db);
      const inbox = new SqliteInbox<Database>(db, { registry });
      let now = 0;
      using _clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 3_000));
      db.exec("begin");
      await expect(inbox.queue.desk.count({ state: "pending" })).rejects.toThrow(
        /has been open on the SQLite connection for 5 s/,
      );
      db.close();
    });
  });
}

describe("what is no database of SQLite that a store can work with", () => {
  it("is refused, and node:sqlite before Node 22.16 with the reason", () => {
    const before2216 = { prepare() {}, exec() {} } as unknown as SqliteDatabase;
    for (const open of [
      () => new SqliteOutbox(before2216, { registry }),
      () => new SqliteInbox(before2216, { registry }),
    ])
      expect(open).toThrow(/That of node:sqlite will do from Node 22\.16 on\.$/);
    expect(() => new SqliteOutbox({} as SqliteDatabase, { registry })).toThrow(
      "a store on SQLite is a plain object; expected an open database of better-sqlite3 or node:sqlite.",
    );
  });
});
