import { SluiceError } from "../../errors/sluice-error.js";
import { SilentConnections } from "../sql/silent-connections.js";
import type { MysqlPool, MysqlPoolConnection } from "./mysql-drivers.js";

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

/** Lends the connections of a pool, each destroyed where the server is silent for too long; mysql2 itself would lend it on. */
export class TimedConnections {
  readonly #pool: MysqlPool;
  readonly #timeoutMs: number;
  readonly #silent = new SilentConnections();

  constructor(pool: MysqlPool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  async lend(): Promise<MysqlPoolConnection> {
    for (;;) {
      const connection = await this.#pool.getConnection();
      if (!this.#silent.has(keptOf(connection))) return this.#timed(connection);
      connection.destroy();
    }
  }

  #timed(connection: MysqlPoolConnection): MysqlPoolConnection {
    return {
      query: async (query, values) => {
        const askedAt = performance.now();
        const late = Promise.withResolvers<never>();
        const timer = setTimeout(() => {
          this.#silent.miss(askedAt);
          connection.destroy();
          late.reject(new QueryTimeoutError(this.#timeoutMs));
        }, this.#timeoutMs);
        try {
          return await Promise.race([connection.query(query, values), late.promise]);
        } finally {
          clearTimeout(timer);
          this.#silent.hear(keptOf(connection));
        }
      },
      release: () => connection.release(),
      destroy: () => connection.destroy(),
    };
  }
}

/** The pool lends a new object each time, around what it keeps. */
function keptOf(connection: MysqlPoolConnection): object {
  return connection.connection ?? connection;
}
