import { postgres } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import pg from "pg";
import postgresJs from "postgres";
import { NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";
import { migratePostgres, PostgresInbox, PostgresOutbox } from "sluice/stores/postgres";
import {
  inboxConformance,
  outboxConformance,
  storeTestRegistry as registry,
  type StoreBed,
} from "sluice/testing";
import { beforeAll, describe, expect, it, vi } from "vitest";
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

class Counted extends NotificationEvent<number> {
  constructor(n: number, key: string) {
    super({ eventName: "counted", topic: "counts", key, payload: n });
  }
}

const counts = new MessageRegistry().register("counted", Counted);

/** The same database as another process sees it, with pg or with postgres.js. */
const drivers: Readonly<
  Record<string, () => { pool: ConstructorParameters<typeof PostgresOutbox>[0]; end(): Promise<unknown> }>
> = {
  pg() {
    const pool = new pg.Pool({ connectionString: url, max: 3 });
    pool.on("error", () => {});
    return { pool, end: () => pool.end() };
  },
  "postgres.js"() {
    const sql = postgresJs(url, { max: 3, onnotice() {} });
    return { pool: sql, end: () => sql.end() };
  },
};

describeWith(postgres, "an outbox on PostgreSQL", () => {
  let pool: pg.Pool;
  const openPool = async () => {
    pool = new pg.Pool({ connectionString: url, max: 8 });
    pool.on("error", () => {});
    await pool.query(emptySchema);
    await migratePostgres(pool);
  };
  const begin = async () => {
    const client = await pool.connect();
    await client.query("begin");
    return client;
  };

  const add = async (outbox: PostgresOutbox<pg.PoolClient>, n: number) => {
    const client = await begin();
    await outbox.add(new Counted(n, "key"), client);
    await client.query("commit");
    client.release();
  };

  describe.each(Object.entries(drivers))("by %s", (_, open) => {
    it("tells another process when a transaction commits, also after its connection has broken (O5)", async () => {
      await openPool();
      const other = open();
      const { listen } = new PostgresOutbox(other.pool, { registry: counts, notify: true }).queue;
      const onAdded = vi.fn();
      const stop = await listen?.(onAdded);
      onAdded.mockClear(); // postgres.js tells of the first connection, too
      const adding = new PostgresOutbox<pg.PoolClient>(pool, { registry: counts, notify: true });
      await add(adding, 1);
      await vi.waitFor(() => expect(onAdded).toHaveBeenCalledOnce());
      onAdded.mockClear();
      await pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
      );
      // It says so by itself: something may have been missed.
      await vi.waitFor(() => expect(onAdded).toHaveBeenCalledOnce(), { timeout: 10_000 });
      await add(adding, 2);
      await vi.waitFor(() => expect(onAdded).toHaveBeenCalledTimes(2));
      await stop?.();
      await other.end();
      await pool.end();
    });
  });

  it("keeps writers of one key apart until the first has committed, where it locks keys (O2)", async () => {
    await openPool();
    const outbox = new PostgresOutbox<pg.PoolClient>(pool, { registry: counts, lockKeys: true });
    const [first, second, elsewhere] = await Promise.all([begin(), begin(), begin()]);
    await outbox.add(new Counted(1, "key"), first);
    const waiting = outbox.add([new Counted(2, "key"), new Counted(3, "other")], second);
    await vi.waitFor(async () => {
      const { rows } = await pool.query(
        "select 1 from pg_locks join pg_database d on d.oid = database where datname = current_database() and locktype = 'advisory' and not granted",
      );
      expect(rows).toHaveLength(1);
    });
    await outbox.add(new Counted(4, "a third"), elsewhere);
    await first.query("commit");
    await waiting;
    await Promise.all([second.query("commit"), elsewhere.query("commit")]);
    for (const client of [first, second, elsewhere]) client.release();
    const ofKey = (await outbox.queue.desk.list({ state: "pending", limit: 10 })).filter(
      ({ key }) => key === "key",
    );
    expect(ofKey.map(({ body }) => JSON.parse(new TextDecoder().decode(body)))).toEqual([1, 2]);
    await pool.end();
  });
});
