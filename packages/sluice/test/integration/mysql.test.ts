import { mariadb } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { createPool, type Pool, type PoolConnection } from "mysql2/promise";
import { MysqlInbox, MysqlOutbox, migrateMysql } from "sluice/stores/mysql";
import {
  inboxConformance,
  outboxConformance,
  storeTestRegistry as registry,
  type StoreBed,
} from "sluice/testing";
import { it, vi } from "vitest";
import { createDatabase } from "../servers/create-database.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

describeWith(mariadb, "stores on MariaDB by mysql2 conform", () => {
  const bedOf = async <Store>(storeOn: (pool: Pool) => Store): Promise<StoreBed<Store, PoolConnection>> => {
    const pool = createPool({ uri: await createDatabase(mariadb), connectionLimit: 8 });
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
