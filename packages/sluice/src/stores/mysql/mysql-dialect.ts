import { heldByPairs, insertInto, isIn, type SqlDialect, skipOf } from "../sql/sql-dialect.js";

/** Without a time zone, of which an hour may come twice. */
export const mysqlNow = "(timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000)";

const duplicateKey = 1062;

const listOf = (values: readonly unknown[]) => values.map(() => "?").join(", ");

/** What MariaDB can tell, and MySQL does not read. */
const inTransaction = "/*M! where @@in_transaction = 1 */";

/** The server's number of an error, and of those that a library wraps: the `cause` of Drizzle, the `parent` of Sequelize. */
function numbersOf(error: unknown): unknown[] {
  if (typeof error !== "object" || error === null) return [];
  const { errno, cause, parent } = error as Partial<Record<"errno" | "cause" | "parent", unknown>>;
  return [errno, ...numbersOf(cause), ...numbersOf(parent)];
}

export const mysqlDialect: SqlDialect = {
  buckets: 64,
  now: mysqlNow,
  isPending: "state = 0",
  // MySQL cannot tell within a statement: see the driver.
  returnsInserted: false,
  held: heldByPairs,
  isFrom: isIn,

  isDuplicateKey: (error) => numbersOf(error).includes(duplicateKey),

  isOneOf: (column, values) =>
    values.length === 0
      ? { sql: "false", params: [] }
      : { sql: `${column} in (${listOf(values)})`, params: values },

  isNoneOf: (column, values) => ({ sql: `${column} not in (${listOf(values)})`, params: values }),

  // MariaDB has no lateral join.
  claimOfEach({ rows }, columns, { leases, perBucket, limit, skipKeys }) {
    const skips = skipOf(mysqlDialect, skipKeys);
    const ofBucket = `(select ${columns} from ${rows} where bucket = ? and state = 0${skips.sql} order by id limit ?)`;
    return {
      sql: `${leases.map(() => ofBucket).join(" union all ")} limit ?`,
      params: [...leases.flatMap(({ bucket }) => [bucket, ...skips.params, perBucket]), limit],
    };
  },

  byTopic: (rows) => `${rows} force index (${rows}_topic)`,

  fail: ({ rows }, failures, isHeld) => ({
    sql:
      `update ${rows} join json_table(?, '$[*]' columns (failed bigint path '$.id', tries int path '$.attempts', ` +
      "error text path '$.error', retry_ms bigint path '$.retryInMs')) as f on f.failed = id " +
      `set attempts = f.tries, last_error = f.error, next_try_ms = ${mysqlNow} + f.retry_ms, ` +
      `state = if(f.retry_ms is null, 2, 0) where state = 0 and ${isHeld.sql}`,
    params: [JSON.stringify(failures), ...isHeld.params],
  }),

  join: ({ workers }, { name, token, leaseMs }) => ({
    sql:
      `insert into ${workers} (name, token, expires_ms) values (?, ?, ${mysqlNow} + ?) on duplicate key update ` +
      `token = if(token = values(token) or expires_ms <= ${mysqlNow}, values(token), token), ` +
      "expires_ms = if(token = values(token), values(expires_ms), expires_ms)",
    params: [name, token, leaseMs],
  }),

  insert: (table, columns, rows) => ({
    sql: `insert into ${table} (${columns.join(", ")}) ${rows
      .map(() => `select ${listOf(columns)} from dual ${inTransaction}`)
      .join(" union all ")}`,
    params: rows.flat(),
  }),

  insertNew: (table, columns, rows, options) =>
    options.inTransaction ? mysqlDialect.insert(table, columns, rows) : insertInto(table, columns, rows),
};
