import { postgres } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import pg from "pg";
import postgresJs from "postgres";
import { PostgresOutbox } from "sluice/stores/postgres";
import { expect, it, vi } from "vitest";
import { Counted, countsOnPostgres, registry } from "./counts.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

/** The same database as another process sees it, with pg or with postgres.js. */
const drivers = {
  pg(url: string) {
    const pool = new pg.Pool({ connectionString: url, max: 3 });
    pool.on("error", () => {}); // the connection that a test breaks
    return { pool, end: () => pool.end() };
  },
  "postgres.js"(url: string) {
    const sql = postgresJs(url, { max: 3, onnotice() {} });
    return { pool: sql, end: () => sql.end() };
  },
};

const breakListening =
  "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'";

describeWith(postgres, "an outbox on PostgreSQL that notifies (O5)", () => {
  it.each(Object.entries(drivers))("tells another process of what commits, by %s", async (_, open) => {
    await using db = await countsOnPostgres();
    const other = open(db.url);
    const { listen } = new PostgresOutbox(other.pool, { registry, notify: true }).queue;
    const onAdded = vi.fn();
    const stop = await listen?.(onAdded);
    onAdded.mockClear(); // postgres.js tells of the first connection, too
    const outbox = new PostgresOutbox<pg.PoolClient>(db.pool, { registry, notify: true });

    const client = await db.begin();
    await outbox.add([new Counted(1, "key"), new Counted(2, "key")], client);
    // Notifications come in the order in which they are sent: none is before this one.
    await db.pool.query("notify sluice_outbox");
    await vi.waitFor(() => expect(onAdded).toHaveBeenCalledOnce());
    await db.end(client);
    await vi.waitFor(() => expect(onAdded).toHaveBeenCalledTimes(2));

    const breaking = await db.pool.query(breakListening);
    expect(breaking.rowCount).toBe(1);
    // It says so by itself: something may have been missed.
    await vi.waitFor(() => expect(onAdded).toHaveBeenCalledTimes(3), { timeout: 10_000 });
    const later = await db.begin();
    await outbox.add(new Counted(3, "key"), later);
    await db.end(later);
    await vi.waitFor(() => expect(onAdded).toHaveBeenCalledTimes(4));

    await stop?.();
    const next = vi.fn();
    const stopNext = await listen?.(next);
    next.mockClear();
    await db.pool.query("notify sluice_outbox");
    await vi.waitFor(() => expect(next).toHaveBeenCalledOnce());
    expect(onAdded).toHaveBeenCalledTimes(4);
    await stopNext?.();
    await other.end();
  });
});
