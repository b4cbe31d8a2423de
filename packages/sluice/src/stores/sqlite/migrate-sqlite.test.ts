import { DatabaseSync } from "node:sqlite";
import BetterSqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { migrateSqlite, sqliteMigrationScript } from "./migrate-sqlite.js";
import { sqliteMigrations } from "./sqlite-migrations.js";

const newest = sqliteMigrations.length;
const open = {
  "better-sqlite3": () => new BetterSqlite(":memory:"),
  "node:sqlite": () => new DatabaseSync(":memory:"),
};

describe.each(Object.entries(open))("migrateSqlite by %s", (_, openDatabase) => {
  it("is done when it returns, and has nothing to do the next time", () => {
    const db = openDatabase();
    expect(migrateSqlite(db).map(({ version }) => version)).toEqual(
      sqliteMigrations.map(({ version }) => version),
    );
    expect(migrateSqlite(db)).toEqual([]);
    db.close();
  });

  it("leaves nothing behind of a step that fails", () => {
    const db = openDatabase();
    db.exec("create table sluice_inbox_mark (in_the_way integer)");
    expect(() => migrateSqlite(db)).toThrow(/sluice_inbox_mark/);
    expect(db.prepare("select name from sqlite_schema where name like 'sluice%'").all()).toHaveLength(1);
    db.exec("drop table sluice_inbox_mark");
    expect(migrateSqlite(db)).toHaveLength(newest);
    db.close();
  });

  it("refuses tables that are newer than it knows, and leaves them as they are", () => {
    const db = openDatabase();
    migrateSqlite(db);
    db.exec(`insert into sluice_migration values (${newest + 1}, 'later', 0)`);
    expect(() => migrateSqlite(db)).toThrow(expect.objectContaining({ code: "SLUICE_MIGRATION" }));
    expect(db.prepare("select count(*) as n from sluice_migration").get()).toEqual({ n: newest + 1 });
    db.exec("begin"); // none was left open
    db.close();
  });
});

it("sqliteMigrationScript makes the tables, and has nothing more from the newest version on", () => {
  const db = new DatabaseSync(":memory:");
  db.exec(sqliteMigrationScript());
  expect(migrateSqlite(db)).toEqual([]);
  expect(sqliteMigrationScript({ from: newest })).toBe("");
  db.close();
});
