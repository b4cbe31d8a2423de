import type { Claim, Lease } from "../../queue/queue-store.js";
import type { SqlDatabase, SqlStatement } from "./sql-database.js";
import { type QueueTables, type SqlDialect, type SqlFragment, skipOf } from "./sql-dialect.js";

/** For how long a list of topics will do; one that is new is found by the next. */
const listMs = 100;
/** And so many times as long as it took to make, so that making lists never takes much of the time. */
const listTimes = 10;

/**
 * Gives the topics that have pending rows, as of a moment ago: reads that follow each other need not ask each time. It
 * takes a step in an index for each, whatever number of rows it has. One statement for all of them goes over all rows in
 * MariaDB, grouped as well as recursive.
 */
export function pendingTopics(
  db: SqlDatabase,
  dialect: SqlDialect,
  { rows }: QueueTables,
): () => Promise<readonly string[]> {
  const select = `select topic from ${dialect.byTopic(rows)} where ${dialect.isPending} and topic`;
  let topics: string[] = [];
  let untilMs = 0;
  const read = async () => {
    const found: string[] = [];
    for (let isAfter = ">="; ; isAfter = ">") {
      const sql = `${select} ${isAfter} ? order by topic limit 1`;
      const [next] = await db.read({ sql, params: [found.at(-1) ?? ""], isRepeated: true });
      if (next === undefined) return found;
      found.push(next[0] as string);
    }
  };
  return async () => {
    const startMs = performance.now();
    if (startMs < untilMs) return topics;
    topics = await read();
    const endMs = performance.now();
    untilMs = endMs + listMs + listTimes * (endMs - startMs);
    return topics;
  };
}

/**
 * The first pending rows of each of some topics: what waits behind a topic that is down may be most of the table, and is not
 * gone over. Read from the topic on, and what follows it left out afterwards: an engine that knows little of a table takes few
 * rows to be of one topic, and would rather sort them all.
 */
export function claimOfTopics(
  dialect: SqlDialect,
  { rows }: QueueTables,
  columns: string,
  topics: readonly string[],
  { leases, limit, skipKeys }: Omit<Claim, "perBucket" | "skipTopics">,
): SqlStatement {
  // The sum keeps an engine from an index that begins with the bucket: where it knows little of a table, it takes few rows to
  // fit and sorts them all.
  const isHeld = isOfAny(dialect, "bucket + 0", leases);
  const skips = skipOf(dialect, skipKeys);
  const each = Math.max(1, Math.floor(limit / topics.length));
  const from =
    `select ${columns} from ${dialect.byTopic(rows)} where ${dialect.isPending} and topic >= ? and ` +
    `${isHeld.sql}${skips.sql} order by topic, id limit ?`;
  return {
    sql: topics
      .map((_, n) => `select ${columns} from (${from}) as t${n} where topic = ?`)
      .join(" union all "),
    params: topics.flatMap((topic) => [topic, ...isHeld.params, ...skips.params, each, topic]),
  };
}

/** A column is the bucket of one of these leases. */
export function isOfAny(dialect: SqlDialect, column: string, leases: readonly Lease[]): SqlFragment {
  if (leases.length === dialect.buckets) return { sql: "true", params: [] };
  return dialect.isOneOf(
    column,
    leases.map(({ bucket }) => bucket),
  );
}
