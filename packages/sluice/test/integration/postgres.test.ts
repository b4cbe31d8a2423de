import { postgres } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import pg from "pg";
import postgresJs from "postgres";
import { migratePostgres, PostgresInbox, PostgresOutbox } from "sluice/stores/postgres";
import {
  inboxConformance,
  outboxConformance,
  storeTestRegistry as registry,
  type StoreBed,
} from "sluice/testing";
import { beforeAll, it, vi } from "vitest";
import { createDatabase } from "../servers/create-database.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

/** Several times as quick as a database for each case. */
const emptySchema = "drop schema if exists public cascade; create schema public";

const features = { concurrentTransactions: true, knowsWhenOver: true };
let url: string;

beforeAll(async () => {
  if (postgres.isInstalled()) url = await createDatabase(postgres);
});

describeWith(postgres, "stores on PostgreSQL by pg conform", () => {
  const bedOf = async <Store>(storeOn: (pool: pg.Pool) => Store): Promise<StoreBed<Store, pg.PoolClient>> => {
    const pool = new pg.Pool({ connectionString: url, max: 8 });
    await pool.query(emptySchema);
    await migratePostgres(pool);
    return {
      store: storeOn(pool),
      async transaction(work) {
        const client = await pool.connect();
        try {
          await client.query("begin");
          const result = await work(client);
          await client.query("commit");
          return result;
        } catch (error) {
          await client.query("rollback");
          throw error;
        } finally {
          client.release();
        }
      },
      close: () => pool.end(),
    };
  };
  const outboxes = outboxConformance({
    name: "an outbox",
    features,
    create: () => bedOf((pool) => new PostgresOutbox<pg.PoolClient>(pool, { registry })),
  });
  const inboxes = inboxConformance({
    name: "an inbox",
    features,
    create: () => bedOf((pool) => new PostgresInbox<pg.PoolClient>(pool, { registry })),
  });
  for (const { name, run } of [...outboxes, ...inboxes]) it(name, run);
});

describeWith(postgres, "stores on PostgreSQL by postgres.js conform", () => {
  const bedOf = async <Store>(
    storeOn: (sql: postgresJs.Sql) => Store,
  ): Promise<StoreBed<Store, postgresJs.TransactionSql>> => {
    const sql = postgresJs(url, { max: 8, onnotice() {} });
    await sql.unsafe(emptySchema);
    await migratePostgres(sql);
    return {
      store: storeOn(sql),
      transaction: (work) => sql.begin(async (tx) => [await work(tx)]).then(([result]) => result as never),
      close: () => sql.end(),
    };
  };
  const outboxes = outboxConformance({
    name: "an outbox",
    features: { ...features, knowsWhenOver: false },
    create: () => bedOf((sql) => new PostgresOutbox<postgresJs.TransactionSql>(sql, { registry })),
  });
  const inboxes = inboxConformance({
    name: "an inbox",
    features: { ...features, knowsWhenOver: false },
    create: () => bedOf((sql) => new PostgresInbox<postgresJs.TransactionSql>(sql, { registry })),
  });
  for (const { name, run } of [...outboxes, ...inboxes]) it(name, run);
});
