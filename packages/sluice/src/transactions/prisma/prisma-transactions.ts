import type { SqlExecutor, SqlResult } from "../../stores/sql/sql-database.js";
import { templateOf } from "../template-of.js";
import { noTransactionOf, transactionOver } from "../transaction-problems.js";

/** What is called of the client that `prisma.$transaction(async (tx) => …)` gives. */
export interface PrismaTransaction {
  $executeRaw(sql: TemplateStringsArray, ...params: unknown[]): Promise<number>;
  $queryRaw(sql: TemplateStringsArray, ...params: unknown[]): Promise<unknown>;
}

const expected = "what prisma.$transaction(async (tx) => …) gives";

/**
 * Lets a store write in an interactive transaction of Prisma; give it as the option `transactions`.
 *
 * @throws {TransactionError} what is given is no transaction, or it is over.
 *
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 * import { type PrismaTransaction, prismaTransactions } from "sluice/transactions/prisma";
 *
 * // The PrismaClient that `prisma generate` has made for your schema.
 * declare const prisma: {
 *   $transaction<T>(work: (tx: PrismaTransaction & { invoices: Invoices }) => Promise<T>): Promise<T>;
 * };
 * interface Invoices {
 *   create(options: { data: { orderId: string } }): Promise<unknown>;
 * }
 *
 * const inbox = new PostgresInbox(new pg.Pool({ connectionString: "postgres://127.0.0.1/billing" }), {
 *   registry: new MessageRegistry(),
 *   transactions: prismaTransactions,
 * });
 *
 * await prisma.$transaction(async (tx) => {
 *   if (await inbox.accept("m-1", tx, { consumer: "billing" })) {
 *     await tx.invoices.create({ data: { orderId: "o-1" } });
 *   }
 * });
 * ```
 */
export function prismaTransactions(tx: PrismaTransaction): SqlExecutor<Promise<SqlResult>> {
  if (typeof tx?.$executeRaw !== "function" || typeof (tx as { $connect?: unknown }).$connect === "function")
    throw noTransactionOf(tx, expected);
  return {
    async exec({ sql, params }) {
      const template = templateOf(sql);
      try {
        if (!/^select |\breturning\b/.test(sql))
          return { rows: [], changed: await tx.$executeRaw(template, ...params) };
        const rows = (await tx.$queryRaw(template, ...params)) as SqlResult["rows"];
        return { rows, changed: 0 };
      } catch (cause) {
        if ((cause as { readonly code?: unknown } | undefined)?.code === transactionClosed)
          throw transactionOver(expected, { cause });
        throw cause;
      }
    },
  };
}

const transactionClosed = "P2028";
