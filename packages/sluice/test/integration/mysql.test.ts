import { mariadb, type RunningServer } from "@sluice-internal/services";
import { createPool, type Pool, type PoolConnection } from "mysql2/promise";
import { MysqlInbox, MysqlOutbox, migrateMysql } from "sluice/stores/mysql";
import {
  inboxConformance,
  outboxConformance,
  storeTestRegistry as registry,
  type StoreBed,
} from "sluice/testing";
import { afterAll, beforeAll, describe, it, vi } from "vitest";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

// It is not among what npm brings. A run that counts must not go without.
describe.skipIf(!mariadb.isInstalled() && !process.env.CI)("stores on MariaDB by mysql2 conform", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await mariadb.start();
  });

  afterAll(async () => {
    await server?.stop();
  });

  const bedOf = async <Store>(storeOn: (pool: Pool) => Store): Promise<StoreBed<Store, PoolConnection>> => {
    const pool = createPool({ uri: await server.createDatabase(), connectionLimit: 8 });
    await migrateMysql(pool);
    return {
      store: storeOn(pool),
      async transaction(work) {
        const connection = await pool.getConnection();
        try {
          await connection.beginTransaction();
          const result = await work(connection);
          await connection.commit();
          return result;
        } catch (error) {
          await connection.rollback();
          throw error;
        } finally {
          connection.release();
        }
      },
      close: () => pool.end(),
    };
  };
  const features = { concurrentTransactions: true, knowsWhenOver: true };
  const outboxes = outboxConformance({
    name: "an outbox",
    features,
    create: () => bedOf((pool) => new MysqlOutbox<PoolConnection>(pool, { registry })),
  });
  const inboxes = inboxConformance({
    name: "an inbox",
    features,
    create: () => bedOf((pool) => new MysqlInbox<PoolConnection>(pool, { registry })),
  });
  for (const { name, run } of [...outboxes, ...inboxes]) it(name, run);
});
