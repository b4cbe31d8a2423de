import { describe } from "../../errors/describe.js";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { TransactionError } from "../../queue/queue-errors.js";
import type { SqlDatabase, SqlExecutor, SqlResult, SqlStatement } from "../sql/sql-database.js";
import { TimedConnections } from "./timed-connections.js";

/** What is called of a connection of `mysql2/promise`. */
export interface MysqlConnection {
  query(
    query: string | { sql: string; values: unknown[]; rowsAsArray: true },
    values?: unknown[],
  ): Promise<[result: unknown, ...rest: unknown[]]>;
}

/** What is called of a connection that a pool of `mysql2/promise` lends. */
export interface MysqlPoolConnection extends MysqlConnection {
  /** What the pool keeps, and lends each time in something new. */
  readonly connection?: object;
  release(): void;
  destroy(): void;
}

/** What is called of a pool of `mysql2/promise`. */
export interface MysqlPool extends MysqlConnection {
  getConnection(): Promise<MysqlPoolConnection>;
}

/** Two statements have waited for each other in a circle; the server has ended this one, and it has done nothing. */
const deadlock = 1213;
const mostTries = 10;

function ofConnection(connection: MysqlConnection): SqlExecutor<Promise<SqlResult>> {
  return {
    async exec({ sql, params }: SqlStatement) {
      const [result] = await connection.query(sql, params as unknown[]);
      if (Array.isArray(result)) return { rows: result as SqlResult["rows"], changed: 0 };
      return { rows: [], changed: (result as { readonly affectedRows: number }).affectedRows };
    },
  };
}

/** `timeoutMs` is for its `quick`. */
export function databaseOf(pool: MysqlPool, timeoutMs?: number): SqlDatabase {
  if (typeof pool?.query !== "function" || typeof pool.getConnection !== "function")
    throw new InvalidOptionError("a store on MySQL", pool, "a pool of mysql2/promise");
  const database = databaseBy(pool, () => pool.getConnection());
  if (timeoutMs === undefined) return database;
  const connections = new TimedConnections(pool, timeoutMs);
  const lend = () => connections.lend();
  return { ...database, quick: databaseBy(eachOn(lend), lend) };
}

/** Runs each statement on a connection that is lent for it. */
function eachOn(lend: MysqlPool["getConnection"]): MysqlConnection {
  return {
    async query(query, values) {
      const connection = await lend();
      try {
        return await connection.query(query, values);
      } finally {
        connection.release();
      }
    },
  };
}

function databaseBy(each: MysqlConnection, lend: MysqlPool["getConnection"]): SqlDatabase {
  const { exec } = ofConnection(each);
  return {
    async exec(statement) {
      for (let tries = 1; ; tries++) {
        try {
          return await exec(statement);
        } catch (error) {
          if ((error as { readonly errno?: unknown }).errno !== deadlock || tries === mostTries) throw error;
        }
      }
    },
    async read({ sql, params }) {
      const [rows] = await each.query({ sql, values: params as unknown[], rowsAsArray: true });
      return rows as unknown[][];
    },
    async session(use) {
      const connection = await lend();
      try {
        const result = await use(ofConnection(connection));
        connection.release();
        return result;
      } catch (error) {
        connection.destroy();
        throw error;
      }
    },
  };
}

/** Finds the way into the transaction that is open on a connection. */
export function transactionOn(tx: MysqlConnection): SqlExecutor<Promise<SqlResult>> {
  const expected = "a connection of mysql2/promise on which beginTransaction() was called";
  if (typeof tx?.query !== "function")
    throw new TransactionError(`Got ${describe(tx)} for a transaction; expected ${expected}.`);
  if ("getConnection" in tx) {
    const why = "each of whose statements may run on another connection";
    throw new TransactionError(`Got a pool for a transaction, ${why}; expected ${expected}.`);
  }
  return ofConnection(tx);
}
