import { describe } from "../../errors/describe.js";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { TransactionError } from "../../queue/queue-errors.js";
import type { SqlDatabase, SqlExecutor, SqlResult, SqlStatement } from "../sql/sql-database.js";
import { noTransaction } from "../sql/sql-outbox.js";
import { numbered } from "./numbered.js";
import { PreparedStatements } from "./prepared.js";
import { TimedClients } from "./timed-clients.js";

/** What is called of a `Client` or a `PoolClient` of pg. */
export interface PgClient {
  query(query: PgQuery): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>;
  /** `"I"`: no transaction is open; `"E"`: one that has failed. Since pg 8.17. */
  getTransactionStatus?(): string | null;
}

export interface PgQuery {
  readonly text: string;
  readonly values: unknown[];
  readonly name?: string;
  readonly rowMode?: "array";
  /** In milliseconds: then the query is rejected. */
  readonly query_timeout?: number;
  readonly types?: { getTypeParser: () => (text: never) => never };
}

/** What is called of a client that a `Pool` of pg lends. */
export interface PgPoolClient extends PgClient {
  release(error?: Error | boolean): void;
  /** Called only of a store that listens. */
  on?(event: "notification" | "error" | "end", listener: () => void): unknown;
}

/** What is called of a `Pool` of pg. */
export interface PgPool extends PgClient {
  connect(): Promise<PgPoolClient>;
}

/** What is called of a transaction of postgres.js: the `sql` that `sql.begin` gives. */
export interface PostgresJsTransaction {
  unsafe(
    text: string,
    values: never[],
    options?: { readonly prepare?: boolean },
  ): PromiseLike<readonly unknown[] & { readonly count: number | null }> & {
    values(): PromiseLike<readonly (readonly unknown[])[]>;
  };
}

/** What is called of the `sql` of postgres.js. */
export interface PostgresJsSql extends PostgresJsTransaction {
  reserve(): Promise<PostgresJsTransaction & { release(): void }>;
  /** Called only of a store that listens. */
  listen?(
    channel: string,
    onNotified: () => void,
    onListening: () => void,
  ): Promise<{ unlisten(): Promise<void> }>;
}

/** A pool of pg, or the `sql` of postgres.js. */
export type PostgresPool = PgPool | PostgresJsSql;

/** A client of pg with an open transaction, or what `sql.begin` of postgres.js gives. */
export type PostgresTransaction = PgClient | PostgresJsTransaction;

/** Columns as the server writes them. */
const asText = { getTypeParser: () => (text: never) => text };

type Rows = SqlResult["rows"];

function ofPg(client: PgClient, prepared?: PreparedStatements): SqlExecutor<Promise<SqlResult>> {
  return {
    async exec({ sql, params, isRepeated }: SqlStatement) {
      const by = (isRepeated && prepared) || client;
      const values = params as unknown[];
      const { rows, rowCount } = await by.query({ text: numbered(sql), values });
      return { rows: rows as Rows, changed: rowCount ?? 0 };
    },
  };
}

/** Both in one statement, which sees one moment. */
function withBoth<Executor extends SqlExecutor>(executor: Executor) {
  const both = (first: SqlStatement, { sql, params }: SqlStatement) =>
    executor.exec({
      sql: `with first as (${first.sql}) ${sql}`,
      params: [...first.params, ...params],
      isRepeated: true,
    });
  return { ...executor, both };
}

function ofPostgresJs(sql: PostgresJsTransaction): SqlExecutor<Promise<SqlResult>> {
  return {
    async exec({ sql: text, params, isRepeated }: SqlStatement) {
      const rows = await sql.unsafe(numbered(text), params as never[], { prepare: isRepeated === true });
      return { rows: rows as Rows, changed: rows.count ?? 0 };
    },
  };
}

/** `timeoutMs` is for its `quick`; postgres.js has no such limit. */
export function databaseOf(pool: PostgresPool, timeoutMs?: number): SqlDatabase {
  if (isPostgresJs(pool) && "reserve" in pool) {
    return {
      ...withBoth(ofPostgresJs(pool)),
      async read({ sql, params, isRepeated }) {
        return pool.unsafe(numbered(sql), params as never[], { prepare: isRepeated === true }).values();
      },
      async session(use) {
        const reserved = await pool.reserve();
        try {
          return await use(ofPostgresJs(reserved));
        } finally {
          reserved.release();
        }
      },
    };
  }
  if (!isPg(pool) || !("connect" in pool))
    throw new InvalidOptionError("a store on PostgreSQL", pool, "a Pool of pg, or the sql of postgres.js");
  const database = ofPool(pool);
  return timeoutMs === undefined
    ? database
    : { ...database, quick: ofPool(new TimedClients(pool, timeoutMs)) };
}

function ofPool(pool: PgPool): SqlDatabase {
  const prepared = new PreparedStatements(pool);
  return {
    ...withBoth(ofPg(pool, prepared)),
    async read({ sql, params, isRepeated }) {
      const by = isRepeated ? prepared : pool;
      const query = { text: numbered(sql), values: params as unknown[] };
      const { rows } = await by.query({ ...query, rowMode: "array", types: asText });
      return rows as unknown[][];
    },
    async session(use) {
      const client = await pool.connect();
      try {
        const result = await use(ofPg(client));
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
  };
}

/** Finds the way into the transaction that is open on a client. */
export function transactionOn(tx: PostgresTransaction): SqlExecutor<Promise<SqlResult>> {
  if (isPostgresJs(tx)) {
    if ("reserve" in tx || "begin" in tx) throw poolGiven("what sql.begin gives");
    return ofPostgresJs(tx);
  }
  if (!isPg(tx)) {
    const expected = "a client of pg on which begin was run, or what sql.begin of postgres.js gives";
    throw new TransactionError(`Got ${describe(tx)} for a transaction; expected ${expected}.`);
  }
  if ("totalCount" in tx) throw poolGiven("the client that pool.connect() gives, after begin");
  const status = tx.getTransactionStatus?.();
  if (status === "I") throw noTransaction();
  if (status === "E")
    throw new TransactionError("A statement of the transaction has failed before. Roll it back.");
  return ofPg(tx);
}

function poolGiven(expected: string): TransactionError {
  return new TransactionError(
    `Got a pool for a transaction, each of whose statements may run on another connection; expected ${expected}.`,
  );
}

function isPostgresJs(given: unknown): given is PostgresJsTransaction {
  return typeof (given as PostgresJsTransaction | undefined)?.unsafe === "function";
}

function isPg(given: unknown): given is PgClient {
  return typeof (given as PgClient | undefined)?.query === "function";
}
