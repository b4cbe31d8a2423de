import { TransactionError } from "../../queue/queue-errors.js";
import { numbered } from "../../stores/postgres/numbered.js";
import type { SqlExecutor, SqlResult } from "../../stores/sql/sql-database.js";
import { noTransactionOf, transactionOver } from "../transaction-problems.js";

/** A `Transaction` of Sequelize. */
export interface SequelizeTransaction {
  commit(): Promise<void>;
  rollback(): Promise<void>;
  afterCommit(hook: never): void;
}

/** What its types leave out. */
interface OpenTransaction extends SequelizeTransaction {
  /** Set when it is over. */
  readonly finished?: string | undefined;
  /** There is none before it has begun, and its `uuid` goes when it is over. */
  readonly connection?: { readonly uuid?: string | undefined } | undefined;
  readonly sequelize: {
    getDialect(): string;
    query(
      sql: string,
      options: { bind: readonly unknown[]; transaction: OpenTransaction; raw: true },
    ): Promise<[results: unknown, metadata: unknown]>;
  };
}

const expected = "what sequelize.transaction() of Sequelize gives";

/**
 * Lets a store write in a transaction of Sequelize 6 on PostgreSQL, MySQL or MariaDB; give it as the option
 * `transactions`.
 *
 * @throws {TransactionError} what is given is no transaction, or it is over, or it is on SQLite.
 *
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { Sequelize } from "sequelize";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 * import { sequelizeTransactions } from "sluice/transactions/sequelize";
 *
 * const url = "postgres://127.0.0.1/billing";
 * const sequelize = new Sequelize(url);
 * const inbox = new PostgresInbox(new pg.Pool({ connectionString: url }), {
 *   registry: new MessageRegistry(),
 *   transactions: sequelizeTransactions,
 * });
 *
 * await sequelize.transaction(async (transaction) => {
 *   if (await inbox.accept("m-1", transaction, { consumer: "billing" })) {
 *     await sequelize.model("invoices").create({ orderId: "o-1" }, { transaction });
 *   }
 * });
 * ```
 */
export function sequelizeTransactions(tx: SequelizeTransaction): SqlExecutor<Promise<SqlResult>> {
  const transaction = tx as OpenTransaction;
  if (typeof tx?.afterCommit !== "function" || typeof transaction.sequelize?.query !== "function")
    throw noTransactionOf(tx, expected);
  if (transaction.finished || transaction.connection?.uuid === undefined) throw transactionOver(expected);
  if (transaction.sequelize.getDialect() === "sqlite") {
    const why = "whose driver brings a copy of SQLite along, and two in one process undo each other's locks";
    throw new TransactionError(
      `Got a transaction of Sequelize on SQLite, ${why}; take another library there. Nothing was written.`,
    );
  }
  return {
    async exec({ sql, params }) {
      const options = { bind: params, transaction, raw: true } as const;
      return resultOf(await transaction.sequelize.query(numbered(sql), options));
    },
  };
}

/** Rows and what pg says; or, on MySQL, an id and a number, or twice what mysql2 says. */
function resultOf([results, metadata]: [results: unknown, metadata: unknown]): SqlResult {
  const rows = Array.isArray(results) ? (results as SqlResult["rows"]) : [];
  if (typeof metadata === "number") return { rows, changed: metadata };
  const { rowCount, affectedRows } = metadata as { rowCount?: number | null; affectedRows?: number };
  return { rows, changed: rowCount ?? affectedRows ?? 0 };
}
