import type { Claim, Lease, RowFailure } from "../../queue/queue-store.js";
import type { SqlStatement, SqlValue } from "./sql-database.js";

/** A piece of a statement. */
export type SqlFragment = SqlStatement;

/** The tables of one queue. */
export interface QueueTables {
  readonly rows: string;
  readonly leases: string;
  readonly workers: string;
}

/** Where engines differ; everything else is written once. */
export interface SqlDialect {
  /** How many buckets its migrations have made. */
  readonly buckets: number;
  /** The store's clock, as an expression: milliseconds since 1970. */
  readonly now: string;
  /** Stands after a read of leases that a write depends on, so that they do not change hands meanwhile. */
  readonly lockLeases: string;
  /** A column is one of these values. */
  isOneOf(column: string, values: readonly (string | number)[]): SqlFragment;
  /** The pending rows that a claim asks for, in the order of their ids within each bucket. */
  claim(tables: QueueTables, columns: string, claim: Claim): SqlStatement;
  /** Writes down failures of pending rows that stand behind the fence. */
  fail(tables: QueueTables, failures: readonly RowFailure[], fence: SqlFragment): SqlStatement;
  /** Makes a worker known, or alive for longer; changes nothing where another one that is alive has its name. */
  join(tables: QueueTables, worker: { name: string; token: string; leaseMs: number }): SqlStatement;
  /** Writes rows, all or none. */
  insert(table: string, columns: readonly string[], rows: readonly (readonly SqlValue[])[]): SqlStatement;
  /**
   * Writes those rows that no unique key forbids, and gives one column of them where {@link returnsInserted} says so.
   * Any other problem than a key is an error (rule O7).
   */
  insertNew(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
    returning?: string,
  ): SqlStatement;
  readonly returnsInserted: boolean;
}

/** The rows of buckets that are still held under these epochs. */
export function fence(
  dialect: SqlDialect,
  { leases: table }: QueueTables,
  leases: readonly Lease[],
): SqlFragment {
  const pairs = leases.map(() => "(bucket = ? and epoch = ?)").join(" or ");
  return {
    sql: `bucket in (select bucket from ${table} where owner is not null and (${pairs}) ${dialect.lockLeases})`,
    params: leases.flatMap(({ bucket, epoch }) => [bucket, epoch]),
  };
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
