import type { PgClient, PgQuery } from "./postgres-drivers.js";

/** Said where a pooler gives each statement another connection of the server, on which nothing was prepared, or all was. */
const namesDoNotHold = new Set<unknown>(["26000", "42P05"]);

let statements = 0;
const names = new Map<string, string>();

/**
 * Runs statements of a pool of pg under names, so that the server parses and plans each once a connection, not each time.
 */
export class PreparedStatements {
  readonly #pool: PgClient;
  #doNamesHold = true;

  constructor(pool: PgClient) {
    this.#pool = pool;
  }

  async query(query: PgQuery): ReturnType<PgClient["query"]> {
    if (!this.#doNamesHold) return this.#pool.query(query);
    try {
      return await this.#pool.query({ ...query, name: nameOf(query.text) });
    } catch (error) {
      if (!namesDoNotHold.has((error as { readonly code?: unknown } | undefined)?.code)) throw error;
      // The server has refused it before it began, so it may be run again.
      this.#doNamesHold = false;
      return this.#pool.query(query);
    }
  }
}

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `sluice_${++statements}`;
    names.set(text, name);
  }
  return name;
}
