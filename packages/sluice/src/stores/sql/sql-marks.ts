import type { SqlDatabase } from "./sql-database.js";
import type { SqlDialect } from "./sql-dialect.js";

/** What consumers have seen; the oldest are forgotten in the end (rule O6). */
export const marksTable = "sluice_inbox_mark";

/** Forgets the oldest marks, up to so many; how many those were. */
export async function purgeMarks(
  db: SqlDatabase,
  dialect: SqlDialect,
  { olderThanMs, limit }: { readonly olderThanMs: number; readonly limit: number },
): Promise<number> {
  const { rows } = await db.exec({
    sql:
      `select consumer, message_id from ${marksTable} where marked_ms <= ${dialect.now} - ? ` +
      "order by marked_ms limit ?",
    params: [olderThanMs, limit],
  });
  let purged = 0;
  // By consumer, so that the primary key finds them in each engine.
  for (const [consumer, marks] of Map.groupBy(rows, (row) => row.consumer as string)) {
    const areOld = dialect.isOneOf(
      "message_id",
      marks.map((mark) => mark.message_id as string),
    );
    const sql = `delete from ${marksTable} where consumer = ? and ${areOld.sql}`;
    purged += (await db.exec({ sql, params: [consumer, ...areOld.params] })).changed;
  }
  return purged;
}

export async function countPurgeableMarks(
  db: SqlDatabase,
  dialect: SqlDialect,
  olderThanMs: number,
): Promise<number> {
  const sql = `select count(*) as n from ${marksTable} where marked_ms <= ${dialect.now} - ?`;
  const { rows } = await db.exec({ sql, params: [olderThanMs] });
  return Number(rows[0]?.n);
}
