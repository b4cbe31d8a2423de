import { insertInto, type SqlDialect, skipOf } from "../sql/sql-dialect.js";

export const postgresNow = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

/**
 * State 0, as it stands in indexes. PostgreSQL takes one row in two hundred to be of a state, as long as it has no statistics,
 * and would then rather sort all of a large backlog than read it in order; of those below a state, a third.
 */
export const isPending = "state < 1";

const leaseList = "unnest(?::int[], ?::bigint[]) as held (bucket, epoch)";

/** A list of numbers as PostgreSQL writes it: drivers put each into quotes, which takes both sides longer. */
const listOf = (values: readonly number[]) => `{${values.join()}}`;

export const postgresDialect: SqlDialect = {
  buckets: 64,
  now: postgresNow,
  isPending,
  returnsInserted: true,

  isOneOf: (column, values) =>
    typeof values[0] === "string"
      ? { sql: `${column} = any(?::text[])`, params: [values as readonly string[]] }
      : { sql: `${column} = any(?::bigint[])`, params: [listOf(values as readonly number[])] },

  // Without a lock on the leases: whoever has just lost one has published what it marks, and the lock would stand in the
  // way of heartbeats.
  held: ({ leases: table }, leases) => ({
    sql: `select l.bucket from ${table} l join ${leaseList} using (bucket, epoch) where l.owner is not null`,
    params: [listOf(leases.map(({ bucket }) => bucket)), listOf(leases.map(({ epoch }) => epoch))],
  }),

  // As an array: an `in` of a subquery may become a scan of the table.
  isFrom: (column, { sql, params }) => ({ sql: `${column} = any(array(${sql}))`, params }),

  isNoneOf: (column, values) => ({ sql: `${column} <> all(?::bigint[])`, params: [listOf(values)] }),

  claimOfEach({ rows }, columns, { leases, perBucket, limit, skipKeys }) {
    const skips = skipOf(postgresDialect, skipKeys);
    return {
      sql:
        `select ${columns} from unnest(?::int[]) as held (held_bucket) cross join lateral (` +
        `select ${columns} from ${rows} where bucket = held_bucket and ${isPending}${skips.sql} ` +
        "order by id limit ?) as pending limit ?",
      params: [listOf(leases.map(({ bucket }) => bucket)), ...skips.params, perBucket, limit],
    };
  },

  byTopic: (rows) => rows,

  fail: ({ rows }, failures, isHeld) => ({
    sql:
      `update ${rows} set attempts = f.attempts, last_error = f.error, state = case when f.retry_ms is null then 2 else 0 end, ` +
      `next_try_ms = ${postgresNow} + f.retry_ms ` +
      "from unnest(?::bigint[], ?::int[], ?::text[], ?::bigint[]) as f (failed, attempts, error, retry_ms) " +
      // The list once more, alone: else a table without statistics is gone over for the join.
      `where id = any(?::bigint[]) and id = f.failed and state = 0 and ${isHeld.sql}`,
    params: [
      failures.map(({ id }) => id),
      failures.map(({ attempts }) => attempts),
      failures.map(({ error }) => error),
      failures.map(({ retryInMs }) => retryInMs ?? null),
      listOf(failures.map(({ id }) => id)),
      ...isHeld.params,
    ],
  }),

  join: ({ workers }, { name, token, leaseMs }) => ({
    sql:
      `insert into ${workers} (name, token, expires_ms) values (?, ?, ${postgresNow} + ?) ` +
      "on conflict (name) do update set token = excluded.token, expires_ms = excluded.expires_ms " +
      `where ${workers}.token = excluded.token or ${workers}.expires_ms <= ${postgresNow}`,
    params: [name, token, leaseMs],
  }),

  insert: insertInto,

  insertNew(table, columns, rows, { returning }) {
    const { sql, params } = insertInto(table, columns, rows);
    return { sql: `${sql} on conflict do nothing${returning ? ` returning ${returning}` : ""}`, params };
  },
};
