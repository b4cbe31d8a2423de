import { mariadb, postgres } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import BetterSqlite from "better-sqlite3";
import { createPool } from "mysql2/promise";
import pg from "pg";
import type { QueueStore } from "sluice/outbox";
import { MysqlOutbox, migrateMysql } from "sluice/stores/mysql";
import { migratePostgres, PostgresOutbox } from "sluice/stores/postgres";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
import { storeTestRegistry as registry } from "sluice/testing";
import { expect, it, vi } from "vitest";
import { createDatabase } from "../servers/create-database.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const title = "writes down what is done and what failed in one go, behind the fence (O3, O4)";

const threeRows = (body: string) =>
  "insert into sluice_outbox (bucket, key_hash, message_id, name, topic, timestamp_ms, content_type, headers, body) values " +
  [1, 2, 3]
    .map((n) => `(0, ${n}, '${n}', 'tested', 'tested', 1, 'application/json', '{}', ${body})`)
    .join(", ");

async function settlesBehindTheFence({ leases, rows }: QueueStore): Promise<void> {
  const worker = { name: "only", token: "only", leaseMs: 60_000 };
  await leases.join(worker);
  const held = await leases.take(worker, 64);
  const pending = () => rows.claim({ leases: held, limit: 10, skipKeys: [], skipTopics: [] });
  const ids = (await pending()).map(({ id }) => id) as [number, number, number];
  const failed = { id: ids[1], attempts: 1, error: "Error: no", retryInMs: 60_000 };
  const settle = async (epochs: number) => {
    const under = held.map(({ bucket, epoch }) => ({ bucket, epoch: epoch + epochs }));
    await rows.settle?.(under, [ids[0]], [failed]);
    return (await pending()).map(({ id, attempts }) => [id, attempts]);
  };
  expect(await settle(-1)).toEqual(ids.map((id) => [id, 0]));
  expect(await settle(0)).toEqual([
    [ids[1], 1],
    [ids[2], 0],
  ]);
  await leases.leave(worker);
}

it(`${title}: SQLite`, async () => {
  const db = new BetterSqlite(":memory:");
  migrateSqlite(db);
  db.exec(threeRows("x'7b7d'"));
  await settlesBehindTheFence(new SqliteOutbox(db, { registry }).queue);
  db.close();
});

describeWith(postgres, "PostgreSQL", () => {
  it(title, async () => {
    const pool = new pg.Pool({ connectionString: await createDatabase(postgres) });
    await migratePostgres(pool);
    await pool.query(threeRows("'{}'"));
    await settlesBehindTheFence(new PostgresOutbox(pool, { registry }).queue);
    await pool.end();
  });
});

describeWith(mariadb, "MariaDB", () => {
  it(title, async () => {
    const pool = createPool({ uri: await createDatabase(mariadb) });
    await migrateMysql(pool);
    await pool.query(threeRows("'{}'"));
    await settlesBehindTheFence(new MysqlOutbox(pool, { registry }).queue);
    await pool.end();
  });
});
