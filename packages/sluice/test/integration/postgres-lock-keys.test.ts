import { postgres } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type pg from "pg";
import { PostgresOutbox } from "sluice/stores/postgres";
import { expect, it, vi } from "vitest";
import { Counted, countsOnPostgres, registry } from "./counts.fixture.js";

vi.setConfig({ testTimeout: 10_000 });

const locks =
  "from pg_locks join pg_database d on d.oid = database where datname = current_database() and locktype = 'advisory'";

describeWith(postgres, "an outbox on PostgreSQL that locks keys (O2)", () => {
  const setUp = async () => {
    const db = await countsOnPostgres();
    const outbox = new PostgresOutbox<pg.PoolClient>(db.pool, { registry, lockKeys: true });
    /** Resolves when an `add` waits for another transaction. */
    const isWaiting = () =>
      vi.waitFor(async () => {
        const { rowCount } = await db.pool.query(`select 1 ${locks} and not granted`);
        expect(rowCount).toBe(1);
      });
    return Object.assign(db, { outbox, isWaiting });
  };
  it("keeps writers of one key apart until the first has committed, and no others", async () => {
    await using db = await setUp();
    const [first, second, elsewhere] = await Promise.all([db.begin(), db.begin(), db.begin()]);
    await db.outbox.add(new Counted(1, "key"), first);
    const waiting = db.outbox.add([new Counted(2, "key"), new Counted(3, "other")], second);
    await db.isWaiting();
    await db.outbox.add(new Counted(4, "a third"), elsewhere);
    await db.end(first);
    await waiting;
    await Promise.all([db.end(second), db.end(elsewhere)]);

    const rows = await db.outbox.queue.desk.list({ state: "pending", limit: 10 });
    const ofKey = rows.filter(({ key }) => key === "key");
    expect(ofKey.map(({ body }) => JSON.parse(new TextDecoder().decode(body)))).toEqual([1, 2]);
  });

  it("takes the locks of several keys in one order, so that no two writers wait in a circle", async () => {
    await using db = await setUp();
    /** The number by which the database knows a key, in the order in which they are taken. */
    const numberOf = async (key: string) => {
      const client = await db.begin();
      await db.outbox.add(new Counted(0, key), client);
      const { rows } = await db.pool.query(`select objid::bigint as number ${locks}`);
      await db.end(client, "rollback");
      return Number(rows[0].number) | 0;
    };
    const [low, high] = (await numberOf("a")) < (await numberOf("b")) ? ["a", "b"] : ["b", "a"];
    const [holder, both, third] = await Promise.all([db.begin(), db.begin(), db.begin()]);
    await db.outbox.add(new Counted(1, low as string), holder);
    const waiting = db.outbox.add([new Counted(2, high as string), new Counted(3, low as string)], both);
    await db.isWaiting();
    await db.outbox.add(new Counted(4, high as string), third); // it waits for the lower one, and has not this one
    await Promise.all([db.end(holder), db.end(third)]);
    await waiting;
    await db.end(both);
  });
});
