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
import { requireMigrated } from "./migrations.js";
import { newColumns, newValues } from "./row-columns.js";
import type { SqlDatabase, SqlExecutor, SqlResult, SqlTransactions } from "./sql-database.js";
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
}

/** An outbox in a database; each engine has one of its own. */
export abstract class SqlOutbox<Tx, Answer extends SqlResult | Promise<SqlResult>>
  implements Outbox<Tx, Answer extends Promise<unknown> ? Promise<void> : void>
{
  readonly registry: MessageRegistry;
  readonly queue: SqlQueue;
  readonly #parts: SqlOutboxParts<Tx, Answer>;
  readonly #settings: OutboxSettings;
  #isMigrated = false;

  constructor(parts: SqlOutboxParts<Tx, Answer>, options: OutboxOptions) {
    this.#parts = parts;
    this.#settings = outboxSettings(parts.name, options);
    this.registry = options.registry;
    const { db, dialect, version } = parts;
    this.queue = new SqlQueue({
      db,
      dialect,
      version,
      name: "sluice_outbox",
      keepsDone: this.#settings.keepDone,
    });
  }

  add(
    events: NotificationEvent | readonly NotificationEvent[],
    tx: Tx,
    options?: AddOptions,
  ): Answer extends Promise<unknown> ? Promise<void> : void {
    const { dialect, transactions } = this.#parts;
    const executor = transactions(tx);
    const rows = rowsOfEvents(events, this.#settings, options).map((row) => newValues(row, dialect.buckets));
    const write = (): MaybePromise<void> => {
      // Nothing is to be written, and yet the answer must be a promise exactly where the driver's is.
      const statement =
        rows.length === 0
          ? { sql: "select 1", params: [] }
          : dialect.insert(this.queue.tables.rows, newColumns, rows);
      const written: MaybePromise<SqlResult> = executor.exec(statement);
      return andThen(written, ({ changed }) => {
        if (changed < rows.length) throw noTransaction();
        this.queue.wakeUp.added();
      });
    };
    return andThen(this.#requireMigrated(), write) as never;
  }

  /** Asked on a connection of its own: a failing statement would spoil the caller's transaction. */
  #requireMigrated(): MaybePromise<void> {
    if (this.#isMigrated) return undefined;
    return andThen(requireMigrated(this.#parts.checks ?? this.#parts.db, this.#parts.version), () => {
      this.#isMigrated = true;
    });
  }

  committed(): void {
    this.queue.wakeUp.committed();
  }
}

/** What is said of a connection on which no transaction is open. */
export function noTransaction(): TransactionError {
  return new TransactionError(
    "No transaction is open there; nothing was written. Begin one, write your rows and the events in it, then commit.",
  );
}
