import { numbered } from "../../stores/postgres/numbered.js";
import type { SqlExecutor, SqlResult } from "../../stores/sql/sql-database.js";
import { noTransactionOf, transactionOver } from "../transaction-problems.js";

/** What is called of a `QueryRunner` of TypeORM. */
export interface TypeormQueryRunner {
  readonly isTransactionActive: boolean;
  readonly isReleased: boolean;
  readonly connection: { readonly options: { readonly type: string } };
  query(
    sql: string,
    params: unknown[],
    useStructuredResult: true,
  ): Promise<{ readonly records: unknown[]; readonly affected?: number | undefined }>;
}

/** The `EntityManager` of a transaction of TypeORM, or the `QueryRunner` on which it was started. */
export type TypeormTransaction = TypeormQueryRunner | { readonly queryRunner?: TypeormQueryRunner };

const expected =
  "the EntityManager that dataSource.transaction() of TypeORM gives, or a QueryRunner after startTransaction()";

/**
 * Lets a store write in a transaction of TypeORM, on each of its SQL engines; give it as the option `transactions`.
 *
 * @throws {TransactionError} what is given is no transaction, or it is over.
 *
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 * import { typeormTransactions } from "sluice/transactions/typeorm";
 * import { DataSource } from "typeorm";
 *
 * const url = "postgres://127.0.0.1/billing";
 * const dataSource = await new DataSource({ type: "postgres", url }).initialize();
 * const inbox = new PostgresInbox(new pg.Pool({ connectionString: url }), {
 *   registry: new MessageRegistry(),
 *   transactions: typeormTransactions,
 * });
 *
 * await dataSource.transaction(async (manager) => {
 *   if (await inbox.accept("m-1", manager, { consumer: "billing" })) {
 *     await manager.insert("invoices", { orderId: "o-1" });
 *   }
 * });
 * ```
 */
export function typeormTransactions(tx: TypeormTransaction): SqlExecutor<Promise<SqlResult>> {
  const runner = runnerOf(tx);
  if (runner.isReleased || !runner.isTransactionActive) throw transactionOver(expected);
  const isNumbered = /postgres|cockroachdb/.test(runner.connection.options.type);
  return {
    async exec({ sql, params }) {
      const text = isNumbered ? numbered(sql) : sql;
      const { records, affected } = await runner.query(text, [...params], true);
      return { rows: records as SqlResult["rows"], changed: affected ?? 0 };
    },
  };
}

function runnerOf(tx: TypeormTransaction): TypeormQueryRunner {
  const runner = typeof tx === "object" && tx !== null && "queryRunner" in tx ? tx.queryRunner : tx;
  if (typeof (runner as TypeormQueryRunner | undefined)?.isTransactionActive !== "boolean")
    throw noTransactionOf(tx, expected);
  return runner as TypeormQueryRunner;
}
