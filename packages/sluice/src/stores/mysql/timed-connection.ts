import { SluiceError } from "../../errors/sluice-error.js";
import type { MysqlConnection, MysqlPoolConnection } from "./mysql-drivers.js";

/** The server did not answer a statement of a relay or a worker in time; its connection was given up. */
export class QueryTimeoutError extends SluiceError {
  readonly code = "SLUICE_QUERY_TIMEOUT";

  constructor(readonly timeoutMs: number) {
    super(
      `The database did not answer within ${timeoutMs} ms; the connection was given up, and another one is taken next. ` +
        "Look at the server and the network, or raise the store's queryTimeoutMs.",
    );
  }
}

/** The same connection, destroyed where the server is silent for too long; mysql2 itself would lend it on. */
export function timed(connection: MysqlPoolConnection, timeoutMs: number): MysqlConnection {
  return {
    query(query, values) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          connection.destroy();
          reject(new QueryTimeoutError(timeoutMs));
        }, timeoutMs);
        connection
          .query(query, values)
          .then(resolve, reject)
          .finally(() => clearTimeout(timer));
      });
    },
  };
}
