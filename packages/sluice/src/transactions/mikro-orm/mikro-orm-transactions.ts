import type { SqlExecutor, SqlResult, SqlValue } from "../../stores/sql/sql-database.js";
import { noTransactionOf, saysOver, transactionOver } from "../transaction-problems.js";

/** What is called of the `EntityManager` of a SQL driver of MikroORM. */
export interface MikroOrmTransaction {
  isInTransaction(): boolean;
  execute(sql: string, params: unknown[], method: "run"): Promise<unknown>;
}

const expected = "the EntityManager that em.transactional() of MikroORM gives, or one after begin()";

/**
 * Lets a store write in a transaction of MikroORM, on each of its SQL engines; give it as the option `transactions`.
 * Entities that were persisted before are flushed by MikroORM when it does so otherwise, not by the store.
 *
 * @throws {TransactionError} what is given is no EntityManager in a transaction.
 *
 * @example
 * ```ts no-run
 * import { MikroORM } from "@mikro-orm/postgresql";
 * import pg from "pg";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 * import { mikroOrmTransactions } from "sluice/transactions/mikro-orm";
 *
 * const clientUrl = "postgres://127.0.0.1/billing";
 * const orm = await MikroORM.init({ clientUrl, entities: ["./entities"] });
 * const inbox = new PostgresInbox(new pg.Pool({ connectionString: clientUrl }), {
 *   registry: new MessageRegistry(),
 *   transactions: mikroOrmTransactions,
 * });
 *
 * await orm.em.transactional(async (em) => {
 *   if (await inbox.accept("m-1", em, { consumer: "billing" })) {
 *     await em.execute("insert into invoices (order_id) values (?)", ["o-1"]);
 *   }
 * });
 * ```
 */
export function mikroOrmTransactions(tx: MikroOrmTransaction): SqlExecutor<Promise<SqlResult>> {
  if (typeof tx?.isInTransaction !== "function" || typeof tx.execute !== "function" || !tx.isInTransaction())
    throw noTransactionOf(tx, expected);
  return {
    async exec({ sql, params }) {
      try {
        return resultOf(await tx.execute(sql, params.map(written), "run"));
      } catch (cause) {
        if (saysOver(cause)) throw transactionOver(expected, { cause });
        throw cause;
      }
    },
  };
}

function resultOf(answer: unknown): SqlResult {
  const { rows, affectedRows } = answer as { rows?: SqlResult["rows"]; affectedRows: number };
  return { rows: rows ?? [], changed: affectedRows };
}

/** MikroORM writes parameters into the text: bytes only where they are a Buffer, and a list as several values. */
function written(value: SqlValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === "object" && value !== null) return arrayText(value);
  return value;
}

/** A list as PostgreSQL reads it from a text; no other engine is given one. */
function arrayText(list: readonly (string | number | null)[]): string {
  const items = list.map((item) =>
    typeof item === "string" ? `"${item.replaceAll(/["\\]/g, "\\$&")}"` : String(item),
  );
  return `{${items.join(",")}}`;
}

/** Of Node, on which MikroORM runs. */
declare const Buffer: { from(bytes: ArrayBufferLike, offset: number, length: number): Uint8Array };
