import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteNow } from "../sqlite/sqlite-dialect.js";
import { migrationScript } from "./migration-script.js";
import { type Migration, migrationSteps } from "./migrations.js";

const migrations: readonly Migration[] = [
  { version: 1, name: "first", statements: ["create table a (x integer)", "create table b (x integer)"] },
  { version: 2, name: "second", statements: ["alter table a add column y integer"] },
  { version: 3, name: "third", statements: ["drop table b"] },
];

let db: DatabaseSync;

beforeEach(() => {
  db = new DatabaseSync(":memory:");
});

afterEach(() => {
  db.close();
});

/** Takes the steps that are missing of the first so many; gives their versions. */
function migrateTo(version: number): number[] {
  const steps = migrationSteps(migrations.slice(0, version), sqliteNow);
  let step = steps.next();
  while (!step.done) {
    const statement = db.prepare(step.value.sql);
    const reads = statement.columns().length > 0;
    const params = step.value.params as (string | number)[];
    if (!reads) statement.run(...params);
    step = steps.next({ rows: reads ? statement.all(...params) : [], changed: 0 });
  }
  return step.value.map((taken) => taken.version);
}

const tables = () =>
  db
    .prepare("select sql from sqlite_schema where name in ('a', 'b') order by name")
    .all()
    .map(({ sql }) => sql);
const versions = () =>
  db
    .prepare("select version, name from sluice_migration order by version")
    .all()
    .map(({ version, name }) => `${version} ${name}`);
const script = (from?: number) => migrationScript(migrations, sqliteNow, { from });

describe("migrating", () => {
  it("takes each step once, and those that are missing later", () => {
    expect(migrateTo(1)).toEqual([1]);
    expect(migrateTo(1)).toEqual([]);
    expect(migrateTo(3)).toEqual([2, 3]);
    expect(versions()).toEqual(["1 first", "2 second", "3 third"]);
  });

  it("refuses tables that are newer than it knows", () => {
    migrateTo(3);
    expect(() => migrateTo(2)).toThrow(
      expect.objectContaining({ code: "SLUICE_MIGRATION", found: 3, expected: 2 }),
    );
  });
});

describe("the SQL of a migration", () => {
  it("does what migrating does, from nothing and from each version on", () => {
    migrateTo(3);
    const [wanted, wantedVersions] = [tables(), versions()];
    for (const from of [0, 1, 2]) {
      db.close();
      db = new DatabaseSync(":memory:");
      if (from > 0) migrateTo(from);
      db.exec(script(from));
      expect([tables(), versions()]).toEqual([wanted, wantedVersions]);
      expect(migrateTo(3)).toEqual([]);
    }
  });

  it("is all of it where no version is named", () => {
    expect(script()).toBe(script(0));
  });

  it("is empty from the newest version on", () => {
    expect(script(3)).toBe("");
  });

  it.each([-1, 4, 1.5, Number.NaN, "1"])("is not to be had from version %o on", (from) => {
    expect(() => script(from as number)).toThrow(
      expect.objectContaining({ code: "SLUICE_INVALID_OPTION", expected: expect.stringContaining("to 3") }),
    );
  });
});
