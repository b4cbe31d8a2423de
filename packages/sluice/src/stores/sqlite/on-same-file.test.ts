import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storeTestRegistry as registry, Tested } from "../../testing/store-test-messages.js";
import type { SqlResult, SqlTransactions } from "../sql/sql-database.js";
import { migrateSqlite } from "./migrate-sqlite.js";
import { connectionOf } from "./sqlite-drivers.js";
import { SqliteInbox } from "./sqlite-inbox.js";
import { SqliteOutbox } from "./sqlite-outbox.js";

type Database = DatabaseSync | BetterSqlite.Database;

const drivers = {
  "node:sqlite": (path: string) => new DatabaseSync(path),
  "better-sqlite3": (path: string) => new BetterSqlite(path),
};

let folder: string;
const opened: Database[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-same-file-"));
});

afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  rmSync(folder, { recursive: true });
});

function open(driver: keyof typeof drivers, file = "shop.db"): Database {
  const database = drivers[driver](join(folder, file));
  database.exec("pragma journal_mode = wal");
  migrateSqlite(database);
  opened.push(database);
  return database;
}

/** As a library would: on a connection of its own, and later. */
const later: SqlTransactions<Database, Promise<SqlResult>> = (tx) => ({
  exec: async (statement) => connectionOf(tx).exec(statement),
});

const outboxOn = (database: Database) => new SqliteOutbox(database, { registry, transactions: later });

const pending = (database: Database) =>
  new SqliteOutbox(database, { registry }).queue.desk.count({ state: "pending" });

describe.each(["node:sqlite", "better-sqlite3"] as const)(
  "a library with a connection of its own by %s",
  (driver) => {
    it("shares the file with a store by the same driver, which does not wait for its lock (O1)", async () => {
      const [theirs, own] = [open(driver), open(driver)];
      own.exec("pragma busy_timeout = 4321");
      theirs.exec("begin");
      const startedAt = performance.now();
      await outboxOn(own).add(new Tested(1, "k"), theirs);
      expect(performance.now() - startedAt).toBeLessThan(4_000);
      theirs.exec("commit");
      expect(await pending(own)).toBe(1);
      expect(own.prepare("pragma busy_timeout").get()).toEqual({ timeout: 4321 });
    });

    it("may add nothing before it adds something (O1)", async () => {
      const [theirs, own] = [open(driver), open(driver)];
      const outbox = outboxOn(own);
      theirs.exec("begin");
      await outbox.add([], theirs);
      await outbox.add(new Tested(1, "k"), theirs);
      theirs.exec("commit");
      expect(await pending(own)).toBe(1);
    });

    it("may share the very connection (O1)", async () => {
      const own = open(driver);
      own.exec("begin");
      await outboxOn(own).add(new Tested(1, "k"), own);
      own.exec("commit");
      expect(await pending(own)).toBe(1);
    });

    it("is refused where its transaction is in another file (O1)", async () => {
      const [theirs, own] = [open(driver, "other.db"), open(driver)];
      theirs.exec("begin");
      await expect(outboxOn(own).add(new Tested(1, "k"), theirs)).rejects.toMatchObject({
        code: "SLUICE_TRANSACTION",
        message: expect.stringContaining("in another one"),
      });
      theirs.exec("rollback");
      expect([await pending(own), await pending(theirs)]).toEqual([0, 0]);
    });

    it("is refused where none of its transactions is open (O1)", async () => {
      const [theirs, own] = [open(driver), open(driver)];
      await expect(outboxOn(own).add(new Tested(1, "k"), theirs)).rejects.toMatchObject({
        code: "SLUICE_TRANSACTION",
      });
    });
  },
);

it("a library that brings another copy of SQLite along is refused, by an inbox too (O1, O7)", async () => {
  const [theirs, own] = [open("better-sqlite3"), open("node:sqlite")];
  const inbox = new SqliteInbox(own, { registry, transactions: later });
  theirs.exec("begin");
  await expect(inbox.accept("m-1", theirs, { consumer: "billing" })).rejects.toMatchObject({
    code: "SLUICE_TRANSACTION",
    message: expect.stringContaining("another copy of SQLite"),
  });
});
