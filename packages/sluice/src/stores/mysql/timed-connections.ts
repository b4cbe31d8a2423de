import { SluiceError } from "../../errors/sluice-error.js";
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

/**
 * Lends the connections of a pool, each destroyed where the server is silent for too long; mysql2 itself would lend it on.
 * The others of the pool that have not answered since are as dead, most likely: they are not tried one after another, for
 * as long each.
 */
export class TimedConnections {
  readonly #pool: MysqlPool;
  readonly #timeoutMs: number;
  /** When each answered last; of one that is new, or never lent here, nothing is known. */
  readonly #heard = new WeakMap<object, number>();
  #silentSince = Number.NEGATIVE_INFINITY;

  constructor(pool: MysqlPool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  async lend(): Promise<MysqlPoolConnection> {
    for (;;) {
      const connection = await this.#pool.getConnection();
      const heard = this.#heard.get(connection.connection ?? connection) ?? Number.POSITIVE_INFINITY;
      if (heard >= this.#silentSince) return this.#timed(connection);
      connection.destroy();
    }
  }

  #timed(connection: MysqlPoolConnection): MysqlPoolConnection {
    return {
      query: async (query, values) => {
        const begin = performance.now();
        const late = Promise.withResolvers<never>();
        const timer = setTimeout(() => {
          this.#silentSince = Math.max(this.#silentSince, begin);
          connection.destroy();
          late.reject(new QueryTimeoutError(this.#timeoutMs));
        }, this.#timeoutMs);
        try {
          return await Promise.race([connection.query(query, values), late.promise]);
        } finally {
          clearTimeout(timer);
          this.#heard.set(connection.connection ?? connection, performance.now());
        }
      },
      release: () => connection.release(),
      destroy: () => connection.destroy(),
    };
  }
}
