import { EntitySchema } from "@mikro-orm/core";
import { MikroORM } from "@mikro-orm/postgresql";
import { postgres } from "@sluice-internal/services";
import { mikroOrmTransactions } from "sluice/transactions/mikro-orm";
import { vi } from "vitest";
import { joinsTransactions } from "./joined.fixture.js";
import { onPostgres } from "./servers.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

type Tx = MikroORM["em"];

const Order = new EntitySchema<{ id: string }>({
  name: "orders",
  properties: { id: { type: "string", primary: true } },
});

joinsTransactions(
  "MikroORM on PostgreSQL",
  async () => {
    const { pool, url, ...stores } = await onPostgres<Tx>(mikroOrmTransactions);
    const orm = await MikroORM.init({ clientUrl: url, entities: [Order] });
    return {
      ...stores,
      transaction: (work: (tx: Tx) => Promise<void>) => orm.em.fork().transactional(work),
      nested: (tx: Tx, work: (tx: Tx) => Promise<void>) => tx.transactional(work),
      insertOrder: (tx: Tx, id: string) => tx.insert(Order, { id }),
      wrong: { em: orm.em, orm, "a fork": orm.em.fork() },
      close: () => Promise.all([orm.close(), pool.end()]),
    };
  },
  { needs: postgres },
);
