import type { NewRow } from "../../queue/queue-row.js";
import type { SqlStatement } from "../sql/sql-database.js";

/** Sets Sluice's locks apart from those of others; any number that never changes. */
const lockSpace = 0x736c7563;

/** Waits for the keys of these rows until the transactions that hold them are over. */
export function locksOfKeys(rows: readonly NewRow[]): SqlStatement {
  const keys = new Set(rows.filter(({ key }) => key !== undefined).map(({ keyHash }) => keyHash));
  return {
    // In one order for all, so that no two wait for each other in a circle.
    sql: `select pg_advisory_xact_lock(${lockSpace}, key) is null as locked from (select unnest(?::int[]) as key order by 1) as keys`,
    params: [[...keys]],
  };
}
