import { insertInto, type SqlDialect } from "../sql/sql-dialect.js";

export const postgresNow = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

const leaseList = "unnest(?::int[], ?::bigint[]) as held (bucket, epoch)";

export const postgresDialect: SqlDialect = {
  buckets: 64,
  now: postgresNow,
  returnsInserted: true,

  isOneOf: (column, values) =>
    typeof values[0] === "string"
      ? { sql: `${column} = any(?::text[])`, params: [values as readonly string[]] }
      : { sql: `${column} = any(?::bigint[])`, params: [values as readonly number[]] },

  // As an array: an `in` of a subquery may become a scan of the table (docs/decisions/outbox-stores.md).
  fence: ({ leases: table }, leases) => ({
    sql:
      `bucket = any(array(select l.bucket from ${table} l join ${leaseList} using (bucket, epoch) ` +
      "where l.owner is not null for share of l))",
    params: [leases.map(({ bucket }) => bucket), leases.map(({ epoch }) => epoch)],
  }),

  // One bucket after another, each by its index, until there are enough.
  claim: ({ rows }, columns, { leases, limit, skipKeys, skipTopics }) => ({
    sql:
      `select ${columns} from unnest(?::int[]) as held (held_bucket) cross join lateral (` +
      `select ${columns} from ${rows} where bucket = held_bucket and state = 0 ` +
      `${skipKeys.length > 0 ? "and key_hash <> all(?::int[]) " : ""}` +
      `${skipTopics.length > 0 ? "and topic <> all(?::text[]) " : ""}order by id limit ?) as pending limit ?`,
    params: [
      leases.map(({ bucket }) => bucket),
      ...(skipKeys.length > 0 ? [skipKeys] : []),
      ...(skipTopics.length > 0 ? [skipTopics] : []),
      limit,
      limit,
    ],
  }),

  fail: ({ rows }, failures, isHeld) => ({
    sql:
      `update ${rows} set attempts = f.attempts, last_error = f.error, state = case when f.retry_ms is null then 2 else 0 end, ` +
      `next_try_ms = ${postgresNow} + f.retry_ms ` +
      "from unnest(?::bigint[], ?::int[], ?::text[], ?::bigint[]) as f (failed, attempts, error, retry_ms) " +
      `where id = f.failed and state = 0 and ${isHeld.sql}`,
    params: [
      failures.map(({ id }) => id),
      failures.map(({ attempts }) => attempts),
      failures.map(({ error }) => error),
      failures.map(({ retryInMs }) => retryInMs ?? null),
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
