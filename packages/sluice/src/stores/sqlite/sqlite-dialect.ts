import { heldByPairs, insertInto, isIn, type SqlDialect, skipOf } from "../sql/sql-dialect.js";

export const sqliteNow = "cast(unixepoch('subsec') * 1000 as integer)";

/** A list travels as one JSON text, so that the statement stays the same whatever its length. */
const inList = "in (select value from json_each(?))";

/** SQLite has one writer at a time, so one worker serves the queue: one bucket, one lease. */
export const sqliteDialect: SqlDialect = {
  buckets: 1,
  now: sqliteNow,
  // The index of pending rows begins with the bucket, of which there is one.
  isPending: "state = 0 and bucket = 0",
  returnsInserted: true,
  held: heldByPairs,
  isFrom: isIn,

  isOneOf: (column, values) => ({ sql: `${column} ${inList}`, params: [JSON.stringify(values)] }),

  isNoneOf: (column, values) => ({ sql: `${column} not ${inList}`, params: [JSON.stringify(values)] }),

  claimOfEach({ rows }, columns, { leases: [lease], perBucket, limit, skipKeys }) {
    const skips = skipOf(sqliteDialect, skipKeys);
    const bucket = lease?.bucket ?? -1;
    return {
      sql: `select ${columns} from ${rows} where bucket = ? and state = 0${skips.sql} order by id limit ?`,
      params: [bucket, ...skips.params, Math.min(perBucket, limit)],
    };
  },

  byTopic: (rows) => `${rows} indexed by ${rows}_topic`,

  fail: ({ rows }, failures, isHeld) => ({
    sql:
      `update ${rows} set attempts = f.value ->> 'attempts', last_error = f.value ->> 'error', ` +
      "state = iif(f.value ->> 'retryInMs' is null, 2, 0), " +
      `next_try_ms = ${sqliteNow} + (f.value ->> 'retryInMs') ` +
      `from json_each(?) f where ${rows}.id = f.value ->> 'id' and state = 0 and ${isHeld.sql}`,
    params: [JSON.stringify(failures), ...isHeld.params],
  }),

  join: ({ workers }, { name, token, leaseMs }) => ({
    sql:
      `insert into ${workers} (name, token, expires_ms) values (?, ?, ${sqliteNow} + ?) ` +
      "on conflict (name) do update set token = excluded.token, expires_ms = excluded.expires_ms " +
      `where ${workers}.token = excluded.token or ${workers}.expires_ms <= ${sqliteNow}`,
    params: [name, token, leaseMs],
  }),

  insert: insertInto,

  insertNew(table, columns, rows, { returning }) {
    const { sql, params } = insertInto(table, columns, rows);
    return { sql: `${sql} on conflict do nothing${returning ? ` returning ${returning}` : ""}`, params };
  },
};
