import type { Claim, Lease } from "../../queue/queue-store.js";
import type { SqlStatement } from "./sql-database.js";
import { type QueueTables, type SqlDialect, type SqlFragment, skipOf } from "./sql-dialect.js";

/** A query of the topics that have pending rows: a step in an index for each, whatever number of rows it has. */
export function topicsOf(dialect: SqlDialect, { rows }: QueueTables): SqlStatement {
  const next = `select topic from ${dialect.byTopic(rows)} where ${dialect.isPending}`;
  const first = "order by topic limit 1";
  return {
    sql:
      `with recursive topics as (select (${next} ${first}) as topic union all ` +
      `select (${next} and topic > topics.topic ${first}) from topics where topics.topic is not null) ` +
      "select topic from topics where topic is not null",
    params: [],
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
  const isHeld = isOfAny(dialect, leases);
  const skips = skipOf(dialect, skipKeys);
  const each = Math.ceil(limit / topics.length);
  const from =
    `select ${columns} from ${dialect.byTopic(rows)} where ${dialect.isPending} and topic >= ? and ` +
    `${isHeld.sql}${skips.sql} order by topic, id limit ?`;
  return {
    sql: topics
      .map((_, n) => `select ${columns} from (${from}) as topic_${n} where topic = ?`)
      .join(" union all "),
    params: topics.flatMap((topic) => [topic, ...isHeld.params, ...skips.params, each, topic]),
  };
}

/**
 * The sum keeps an engine from an index that begins with the bucket: where it knows little of a table, it takes few rows to
 * fit and sorts them all.
 */
function isOfAny(dialect: SqlDialect, leases: readonly Lease[]): SqlFragment {
  if (leases.length === dialect.buckets) return { sql: "true", params: [] };
  return dialect.isOneOf(
    "bucket + 0",
    leases.map(({ bucket }) => bucket),
  );
}
