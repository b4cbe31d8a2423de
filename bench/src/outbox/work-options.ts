import type { Row, Skipped } from "../work.js";

/** What a work of the outbox is given. */
export interface WorkOptions {
  /** Gives the way to a new, empty database of a PostgreSQL with fsync, which is started when it is first wanted. */
  createDatabase(): Promise<string>;
  readonly doneRows: number;
}

export type OutboxWork = (options: WorkOptions) => AsyncGenerator<Row | Skipped>;
