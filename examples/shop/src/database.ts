import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * A service's own SQLite database, which no other service looks into. SQLite has one writer, and this one connection, so
 * transactions take turns. With PostgreSQL, `transaction` would take a client of a pool.
 */
export class Database {
  readonly connection: DatabaseSync;
  #turn: Promise<unknown> = Promise.resolve();

  /** Without a folder it lies in memory. */
  constructor(name: string, folder: string | undefined) {
    const file = folder === undefined ? ":memory:" : join(folder, `${name}.db`);
    this.connection = new DatabaseSync(file, { timeout: 5_000 }); // somebody may be looking into it
    this.connection.exec("pragma journal_mode = wal; pragma synchronous = normal");
  }

  /** Runs work in a transaction of its own: it commits, or, when the work fails, rolls back. */
  transaction<T>(work: (connection: DatabaseSync) => T | Promise<T>): Promise<T> {
    const done = this.#turn.then(() => this.#run(work));
    this.#turn = done.catch(() => {});
    return done;
  }

  async #run<T>(work: (connection: DatabaseSync) => T | Promise<T>): Promise<T> {
    this.connection.exec("begin immediate");
    try {
      const result = await work(this.connection);
      this.connection.exec("commit");
      return result;
    } catch (error) {
      this.connection.exec("rollback");
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#turn;
    this.connection.close();
  }
}
