import { insertInto, type SqlDialect } from "../sql/sql-dialect.js";
import { postgresDialect } from "./postgres-dialect.js";

export const channel = "sluice_outbox";

/** Tells whoever listens when the transaction commits, once for all its rows, without a statement more. */
export const notifyingDialect: SqlDialect = {
  ...postgresDialect,
  insert(table, columns, rows) {
    const { sql, params } = insertInto(table, columns, rows);
    return { sql: `${sql} returning pg_notify('${channel}', '')::text`, params };
  },
};
