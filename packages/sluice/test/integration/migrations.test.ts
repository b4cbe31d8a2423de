import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { mariadb, postgres } from "@sluice-internal/services";
import { itWith } from "@sluice-internal/services/testing";
import { createConnection } from "mysql2/promise";
import pg from "pg";
import { mysqlMigrationScript } from "sluice/stores/mysql";
import { postgresMigrationScript } from "sluice/stores/postgres";
import { sqliteMigrationScript } from "sluice/stores/sqlite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createDatabase } from "../servers/create-database.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const program = fileURLToPath(new URL("migrating-process.js", import.meta.url));

/** Another process, which does what a line tells it, and answers with a line. */
class Migrating {
  readonly #child: ChildProcess = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  readonly #answers = createInterface(this.#child.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]();

  async tell(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("The process ended instead of answering.");
    return value;
  }

  end(): void {
    this.#child.kill();
  }
}

const processes: Migrating[] = [];

beforeAll(() => {
  for (let n = 0; n < 10; n++) processes.push(new Migrating());
});

afterAll(() => {
  for (const migrating of processes) migrating.end();
});

/** Has all of them connect, then migrate at the same moment; gives what each did: versions, or why it failed. */
async function migrateAtOnce(engine: string, url: string): Promise<(number | string)[]> {
  const where = JSON.stringify({ engine, url });
  await Promise.all(processes.map((migrating) => migrating.tell(where)));
  const answers = await Promise.all(processes.map((migrating) => migrating.tell("migrate")));
  return answers.flatMap((answer) => JSON.parse(answer));
}

/** The versions that a script brings tables to: all there are. */
const versionsOf = (script: string) =>
  Array.from(script.matchAll(/^-- (\d+): /gm), ([, version]) => Number(version));

const inTable = "select version from sluice_migration order by version";

function expectOnce(
  versions: readonly number[],
  steps: readonly (number | string)[],
  rows: readonly unknown[],
): void {
  expect(versions).not.toEqual([]);
  expect(steps.toSorted()).toEqual(versions);
  expect(rows).toEqual(versions.map((version) => ({ version })));
}

describe("ten processes that migrate one empty database at the same moment all succeed, and make the tables once", () => {
  itWith(postgres, "on PostgreSQL, under its advisory lock", {}, async () => {
    const url = await createDatabase(postgres);
    const steps = await migrateAtOnce("PostgreSQL", url);
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(inTable);
    await client.end();
    expectOnce(versionsOf(postgresMigrationScript()), steps, rows);
  });

  itWith(mariadb, "on MariaDB, under its named lock", {}, async () => {
    const url = await createDatabase(mariadb);
    const steps = await migrateAtOnce("MariaDB", url);
    const connection = await createConnection(url);
    const [rows] = await connection.query(inTable);
    await connection.end();
    expectOnce(versionsOf(mysqlMigrationScript()), steps, rows as unknown[]);
  });

  it("on SQLite, in a file, in a transaction that writes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-migrations-"));
    const path = join(folder, "shop.db");
    const steps = await migrateAtOnce("SQLite", path);
    const database = new DatabaseSync(path);
    const rows = database.prepare(inTable).all();
    database.close();
    rmSync(folder, { recursive: true });
    expectOnce(
      versionsOf(sqliteMigrationScript()),
      steps,
      rows.map((row) => ({ ...row })),
    );
  });
});
