import type { MessageRegistry } from "../../messages/message-registry.js";
import type { NotificationEvent } from "../../messages/notification-event.js";
import type { AddOptions, Outbox } from "../../outbox/outbox.js";
import {
  type OutboxOptions,
  type OutboxSettings,
  outboxSettings,
  rowsOfEvents,
} from "../../outbox/rows-of-events.js";
import { andThen, type MaybePromise } from "../../queue/maybe-promise.js";
import { TransactionError } from "../../queue/queue-errors.js";
import type { NewRow } from "../../queue/queue-row.js";
import type { QueueStore } from "../../queue/queue-store.js";
import { inParts } from "./in-parts.js";
import { whenMigrated } from "./migrations.js";
import { newColumns, newValues } from "./row-columns.js";
import type { SqlDatabase, SqlExecutor, SqlResult, SqlStatement, SqlTransactions } from "./sql-database.js";
import type { SqlDialect } from "./sql-dialect.js";
import { SqlQueue } from "./sql-queue.js";

/** What an engine's outbox is made of. */
export interface SqlOutboxParts<Tx, Answer extends SqlResult | Promise<SqlResult>> {
  readonly name: string;
  readonly db: SqlDatabase;
  /**
   * Where it is asked whether the tables are there, on behalf of a caller whose transaction must outlive a statement that
   * fails.
   * @default db
   */
  readonly checks?: SqlExecutor;
  readonly dialect: SqlDialect;
  readonly version: number;
  /** Finds the way into a caller's transaction. @throws {TransactionError} it is none. */
  readonly transactions: SqlTransactions<Tx, Answer>;
  /** What is run in the caller's transaction before rows are written. */
  readonly before?: (rows: readonly NewRow[]) => SqlStatement;
  readonly listen?: QueueStore["listen"];
}

/** An outbox in a database; each engine has one of its own. */
export abstract class SqlOutbox<Tx, Answer extends SqlResult | Promise<SqlResult>>
  implements Outbox<Tx, Answer extends Promise<unknown> ? Promise<void> : void>
{
  readonly registry: MessageRegistry;
  readonly queue: SqlQueue;
  readonly #parts: SqlOutboxParts<Tx, Answer>;
  readonly #settings: OutboxSettings;
  /** Asked on a connection of its own: a failing statement would spoil the caller's transaction. */
  readonly #whenMigrated: ReturnType<typeof whenMigrated>;

  constructor(parts: SqlOutboxParts<Tx, Answer>, options: OutboxOptions) {
    this.#parts = parts;
    this.#settings = outboxSettings(parts.name, options);
    this.registry = options.registry;
    const { db, checks = db, dialect, version, listen } = parts;
    this.#whenMigrated = whenMigrated(checks, version);
    this.queue = new SqlQueue({
      db,
      dialect,
      version,
      listen,
      name: "sluice_outbox",
      keepsDone: this.#settings.keepDone,
    });
  }

  add(
    events: NotificationEvent | readonly NotificationEvent[],
    tx: Tx,
    options?: AddOptions,
  ): Answer extends Promise<unknown> ? Promise<void> : void {
    const { dialect, transactions, before } = this.#parts;
    const executor = transactions(tx);
    const rows = rowsOfEvents(events, this.#settings, options);
    const exec = (statement: SqlStatement): MaybePromise<SqlResult> => executor.exec(statement);
    const insert = (part: readonly NewRow[]): MaybePromise<void> => {
      const values = part.map((row) => newValues(row, dialect.buckets));
      const written = exec(dialect.insert(this.queue.tables.rows, newColumns, values));
      return andThen(written, ({ changed, rows: returned }) => {
        if (Math.max(changed, returned.length) < part.length) throw noTransaction();
      });
    };
    const write = (): MaybePromise<void> => {
      // Nothing is to be written, and yet the answer must be a promise exactly where the driver's is.
      if (rows.length === 0) return andThen(exec({ sql: "select 1", params: [] }), () => undefined);
      return andThen(inParts(rows, insert), () => this.queue.wakeUp.added());
    };
    const begin = () => (before && rows.length > 0 ? andThen(exec(before(rows)), write) : write());
    return this.#whenMigrated(begin) as never;
  }

  committed(): void {
    this.queue.wakeUp.committed();
  }
}

/** What is said of a connection on which no transaction is open. */
export function noTransaction(): TransactionError {
  return new TransactionError(
    "No transaction is open there; nothing was written. Begin one, and write all in it.",
  );
}
