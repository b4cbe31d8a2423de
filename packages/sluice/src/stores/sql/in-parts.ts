import { andThen, type MaybePromise } from "../../queue/maybe-promise.js";

/** Of rows in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535, and a row has ten. */
const mostRows = 3_000;

/** Works on so many of some rows after each other as one statement takes; at once where the driver is synchronous. */
export function inParts<Row>(
  rows: readonly Row[],
  work: (part: readonly Row[]) => MaybePromise<void>,
): MaybePromise<void> {
  const done = work(rows.slice(0, mostRows));
  return rows.length <= mostRows ? done : andThen(done, () => inParts(rows.slice(mostRows), work));
}
