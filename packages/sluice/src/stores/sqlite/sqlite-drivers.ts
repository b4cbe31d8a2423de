import { describe } from "../../errors/describe.js";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { TransactionError } from "../../queue/queue-errors.js";
import type { SqlDatabase, SqlExecutor, SqlResult, SqlStatement, SqlValue } from "../sql/sql-database.js";
import { noTransaction } from "../sql/sql-outbox.js";

/** SQLite has no lists. */
type Value = Exclude<SqlValue, readonly unknown[]>;

interface Statement {
  all(...params: Value[]): unknown[];
  run(...params: Value[]): { readonly changes: number | bigint };
  /** Makes rows lists: better-sqlite3's way, and that of `node:sqlite`, which came with Node 22.16. */
  raw?(): unknown;
  setReturnArrays?(isOn: boolean): void;
}

/** What is called of a database of better-sqlite3. */
export interface BetterSqliteDatabase {
  prepare(sql: string): Statement & { readonly reader: boolean };
  readonly inTransaction: boolean;
}

/** What is called of a `DatabaseSync` of `node:sqlite`. */
export interface NodeSqliteDatabase {
  prepare(sql: string): Statement & { columns(): readonly unknown[] };
  readonly isTransaction: boolean;
}

/** An open database of better-sqlite3 or of `node:sqlite`. */
export type SqliteDatabase = BetterSqliteDatabase | NodeSqliteDatabase;

type Run = (params: readonly Value[]) => SqlResult;

/** How many statements are kept ready; those with many rows differ by their number. */
const mostStatements = 100;

/** One connection; its statements are prepared once. */
export class SqliteConnection implements SqlDatabase, SqlExecutor<SqlResult> {
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, Run>();
  readonly #reads = new Map<string, (params: readonly Value[]) => unknown[][]>();

  constructor(database: SqliteDatabase) {
    const problem = problemOf(database);
    if (problem !== undefined)
      throw new InvalidOptionError("a store on SQLite", database, expectedDatabase, problem);
    this.#database = database;
  }

  get isInTransaction(): boolean {
    return "inTransaction" in this.#database ? this.#database.inTransaction : this.#database.isTransaction;
  }

  exec({ sql, params }: SqlStatement): SqlResult {
    let run = this.#statements.get(sql);
    if (run === undefined) {
      run = this.#prepare(sql);
      if (this.#statements.size >= mostStatements) this.#statements.clear();
      this.#statements.set(sql, run);
    }
    return run(params as readonly Value[]);
  }

  read({ sql, params }: SqlStatement): unknown[][] {
    let read = this.#reads.get(sql);
    if (read === undefined) {
      read = this.#prepareRead(sql);
      if (this.#reads.size >= mostStatements) this.#reads.clear();
      this.#reads.set(sql, read);
    }
    return read(params as readonly Value[]);
  }

  /** In one turn: nobody else can write through this connection in between. */
  both(first: SqlStatement, second: SqlStatement): void {
    const run = (sql: string) => this.exec({ sql, params: [] });
    run("begin immediate");
    try {
      this.exec(first);
      this.exec(second);
      run("commit");
    } catch (error) {
      if (this.isInTransaction) run("rollback");
      throw error;
    }
  }

  session<T>(use: (connection: SqlExecutor) => Promise<T>): Promise<T> {
    return use(this);
  }

  #prepareRead(sql: string): (params: readonly Value[]) => unknown[][] {
    const statement = this.#database.prepare(sql);
    statement.raw?.();
    statement.setReturnArrays?.(true);
    return (params) => {
      const rows = statement.all(...params) as object[];
      return (Array.isArray(rows[0]) ? rows : rows.map(Object.values)) as unknown[][];
    };
  }

  #prepare(sql: string): Run {
    const statement = this.#database.prepare(sql);
    const reads = "reader" in statement ? statement.reader : statement.columns().length > 0;
    if (reads) return (params) => ({ rows: statement.all(...params) as SqlResult["rows"], changed: 0 });
    return (params) => ({ rows: [], changed: Number(statement.run(...params).changes) });
  }
}

const connections = new WeakMap<object, SqliteConnection>();

const expectedDatabase = "an open database of better-sqlite3 or node:sqlite";

/** Why a store cannot work with it; `undefined`: it can. */
function problemOf(database: SqliteDatabase): string | undefined {
  if (typeof database?.prepare !== "function") return "";
  if ("inTransaction" in database || "isTransaction" in database) return undefined;
  return "That of node:sqlite will do from Node 22.16 on.";
}

/** The one connection of a database, so that its statements are prepared once. */
export function connectionOf(database: SqliteDatabase): SqliteConnection {
  let connection = connections.get(database);
  if (connection === undefined) {
    connection = new SqliteConnection(database);
    connections.set(database, connection);
  }
  return connection;
}

/** Finds the way into the transaction that is open on a connection. */
export function transactionOn(tx: SqliteDatabase): SqlExecutor<SqlResult> {
  if (problemOf(tx) !== undefined)
    throw new TransactionError(
      `Got ${describe(tx)} for a transaction; expected the database on which it was begun.`,
    );
  const connection = connectionOf(tx);
  if (!connection.isInTransaction) throw noTransaction();
  return connection;
}
