import { SilentConnections } from "../sql/silent-connections.js";
import type { PgClient, PgPool, PgPoolClient, PgQuery } from "./postgres-drivers.js";

/** Runs the statements of a pool, and gives up its clients where the server is silent for too long. */
export class TimedClients implements PgClient {
  readonly #pool: PgPool;
  readonly #timeoutMs: number;
  readonly #silent = new SilentConnections();

  constructor(pool: PgPool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  /** On a client that is lent for it. */
  async query(query: PgQuery): ReturnType<PgClient["query"]> {
    const client = await this.connect();
    try {
      const result = await client.query(query);
      client.release();
      return result;
    } catch (error) {
      // As a pool of pg does: whatever has failed, a new one is as good.
      client.release(true);
      throw error;
    }
  }

  async connect(): Promise<PgPoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if (!this.#silent.has(client)) return this.#timed(client);
      client.release(true);
    }
  }

  #timed(client: PgPoolClient): PgPoolClient {
    return {
      query: async (query) => {
        const askedAt = performance.now();
        try {
          return await client.query({ ...query, query_timeout: this.#timeoutMs });
        } finally {
          // An error of the server is an answer, too. A timer may be early by less than a millisecond.
          if (Math.ceil(performance.now() - askedAt) < this.#timeoutMs) this.#silent.hear(client);
          else this.#silent.miss(askedAt);
        }
      },
      release: (error) => client.release(error),
    };
  }
}
