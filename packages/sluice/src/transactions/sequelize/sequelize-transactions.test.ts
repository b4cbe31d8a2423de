import { expect, it } from "vitest";
import { type SequelizeTransaction, sequelizeTransactions } from "./sequelize-transactions.js";

it("a transaction on SQLite is refused, since its driver and the store's would undo each other's locks (O1)", () => {
  // Sequelize's driver for SQLite comes without binaries.
  const transaction = {
    async commit() {},
    async rollback() {},
    afterCommit() {},
    connection: { uuid: "u-1" },
    sequelize: { getDialect: () => "sqlite", query() {} },
  };
  expect(() => sequelizeTransactions(transaction as SequelizeTransaction)).toThrow(
    expect.objectContaining({ code: "SLUICE_TRANSACTION", message: expect.stringContaining("on SQLite") }),
  );
});
