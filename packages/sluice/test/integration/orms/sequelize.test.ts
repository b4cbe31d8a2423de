import { mariadb, postgres } from "@sluice-internal/services";
import { DataTypes, type Options, Sequelize, type Transaction } from "sequelize";
import { sequelizeTransactions } from "sluice/transactions/sequelize";
import { vi } from "vitest";
import { joinsTransactions } from "./joined.fixture.js";
import { onMariadb, onPostgres } from "./servers.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

function workOf(url: string, options: Options) {
  const db = new Sequelize(url, { ...options, logging: false });
  const Order = db.define(
    "orders",
    { id: { type: DataTypes.STRING, primaryKey: true } },
    { timestamps: false },
  );
  return {
    db,
    transaction: (work: (tx: Transaction) => Promise<void>) => db.transaction(work),
    nested: (transaction: Transaction, work: (tx: Transaction) => Promise<void>) =>
      db.transaction({ transaction }, work),
    insertOrder: (transaction: Transaction, id: string) => Order.create({ id }, { transaction }),
    wrong: { db, Order },
  };
}

joinsTransactions(
  "Sequelize on PostgreSQL",
  async () => {
    const { pool, url, ...stores } = await onPostgres<Transaction>(sequelizeTransactions);
    const work = workOf(url, { dialect: "postgres" });
    return { ...stores, ...work, close: () => Promise.all([work.db.close(), pool.end()]) };
  },
  { needs: postgres },
);

joinsTransactions(
  "Sequelize on MariaDB by mysql2",
  async () => {
    const { pool, url, ...stores } = await onMariadb<Transaction>(sequelizeTransactions);
    const work = workOf(url, { dialect: "mysql" });
    return { ...stores, ...work, close: () => Promise.all([work.db.close(), pool.end()]) };
  },
  { needs: mariadb },
);
