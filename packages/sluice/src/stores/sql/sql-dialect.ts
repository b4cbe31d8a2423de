import type { Claim, Lease, RowFailure } from "../../queue/queue-store.js";
import type { SqlStatement, SqlValue } from "./sql-database.js";

/** A claim that looks into each bucket. */
type ClaimOfEach = Omit<Claim, "skipTopics"> & { readonly perBucket: number };

/** A piece of a statement. */
export type SqlFragment = SqlStatement;

/** The tables of one queue. */
export interface QueueTables {
  readonly rows: string;
  readonly leases: string;
  readonly workers: string;
  /** Whether marks of what was seen belong to it, as to an inbox. */
  readonly hasMarks: boolean;
}

/** Where engines differ; everything else is written once. */
export interface SqlDialect {
  /** How many buckets its migrations have made. */
  readonly buckets: number;
  /** The store's clock, as an expression: milliseconds since 1970. */
  readonly now: string;
  /** Whether a row is to be delivered. */
  readonly isPending: string;
  /** A query of those buckets that are still held under their epochs. */
  held(tables: QueueTables, leases: readonly Lease[]): SqlFragment;
  /** A column is one of those that a query gives. */
  isFrom(column: string, query: SqlFragment): SqlFragment;
  /** A column is one of these values. */
  isOneOf(column: string, values: readonly (string | number)[]): SqlFragment;
  /** The first pending rows of each bucket. */
  claimOfEach(tables: QueueTables, columns: string, claim: ClaimOfEach): SqlStatement;
  /** Rows as they are to be read by topic: for engines that may rather go over everything. */
  byTopic(rows: string): string;
  /** A column is none of these values, of which there is one at least. */
  isNoneOf(column: string, values: readonly number[]): SqlFragment;
  /** Writes down failures of pending rows that stand behind the fence. */
  fail(tables: QueueTables, failures: readonly RowFailure[], fence: SqlFragment): SqlStatement;
  /** Makes a worker known, or alive for longer; changes nothing where another one that is alive has its name. */
  join(tables: QueueTables, worker: { name: string; token: string; leaseMs: number }): SqlStatement;
  /** Writes rows, all or none; none at all where it can see that no transaction is open. */
  insert(table: string, columns: readonly string[], rows: readonly (readonly SqlValue[])[]): SqlStatement;
  /**
   * Writes those rows that no unique key forbids, and gives one column of them where {@link returnsInserted} says so.
   * Any other problem than a key is an error (rule O7).
   */
  insertNew(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
    options: { readonly returning?: string; readonly inTransaction?: boolean },
  ): SqlStatement;
  readonly returnsInserted: boolean;
  /** Tells a row that a unique key forbids from other failures, where {@link insertNew} fails on it. */
  isDuplicateKey?(error: unknown): boolean;
}

/** The fence: the row's bucket is still held under its epoch. */
export function fence(dialect: SqlDialect, tables: QueueTables, leases: readonly Lease[]): SqlFragment {
  return dialect.isFrom("bucket", dialect.held(tables, leases));
}

/** What is still held, in engines without arrays. */
export function heldByPairs({ leases: table }: QueueTables, leases: readonly Lease[]): SqlFragment {
  const pairs = leases.map(() => "(bucket = ? and epoch = ?)").join(" or ");
  return {
    sql: `select bucket from ${table} where owner is not null and (${pairs})`,
    params: leases.flatMap(({ bucket, epoch }) => [bucket, epoch]),
  };
}

/** A column is one of those that a query gives, in engines without arrays. */
export function isIn(column: string, { sql, params }: SqlFragment): SqlFragment {
  return { sql: `${column} in (${sql})`, params };
}

export function insertInto(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): SqlStatement {
  const places = `(${columns.map(() => "?").join(", ")})`;
  return {
    sql: `insert into ${table} (${columns.join(", ")}) values ${rows.map(() => places).join(", ")}`,
    params: rows.flat(),
  };
}

/** Leaves out keys that wait. */
export function skipOf(dialect: SqlDialect, keys: readonly number[]): SqlFragment {
  if (keys.length === 0) return { sql: "", params: [] };
  const { sql, params } = dialect.isNoneOf("key_hash", keys);
  return { sql: ` and ${sql}`, params };
}
