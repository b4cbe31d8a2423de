import type { MaybePromise } from "../../queue/maybe-promise.js";

/** What a parameter may be. A list stands for itself where the engine has arrays, nowhere else. */
export type SqlValue =
  | string
  | number
  | null
  | Uint8Array
  | readonly (string | null)[]
  | readonly (number | null)[];

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** How many rows a statement that writes has changed. */
  readonly changed: number;
}

/** One statement, with `?` for each parameter; parameters are never pasted into the text. */
export interface SqlStatement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** Whether this very text is run again and again, so that a server had better keep it prepared. */
  readonly isRepeated?: boolean;
}

/** Runs statements in the transaction that it was made for, or each in one of its own. */
export interface SqlExecutor<Answer extends SqlResult | Promise<SqlResult> = SqlResult | Promise<SqlResult>> {
  exec(statement: SqlStatement): Answer;
}

/** A database, by whatever driver. */
export interface SqlDatabase extends SqlExecutor {
  /**
   * Reads rows as lists of their columns, as they come: text for a number, and `\\x` with hexadecimal digits for bytes,
   * will do. That is several times as fast as objects of parsed values.
   */
  read(statement: SqlStatement): readonly (readonly unknown[])[] | Promise<readonly (readonly unknown[])[]>;
  /** Runs two statements that write as one, durable together, where that takes less than one after the other. */
  both?(first: SqlStatement, second: SqlStatement): MaybePromise<unknown>;
  /**
   * The same database for statements that end soon: where a server is silent for longer, its connection is given up with
   * an error, and another one is taken next time. A connection may be dead without a word, for a quarter of an hour.
   */
  readonly quick?: SqlDatabase | undefined;
  /** Lends one connection for as long as `use` takes, for statements that belong together. */
  session<T>(use: (connection: SqlExecutor) => Promise<T>): Promise<T>;
}

/** What a caller's transaction is written through: each library has one such function. */
export type SqlTransactions<Tx, Answer extends SqlResult | Promise<SqlResult>> = (
  tx: Tx,
) => SqlExecutor<Answer>;
