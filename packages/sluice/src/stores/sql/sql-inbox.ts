import type { Inbox, InboxEntry } from "../../inbox/inbox.js";
import {
  type InboxOptions,
  type InboxSettings,
  inboxSettings,
  requireConsumer,
  rowsOfEntries,
} from "../../inbox/rows-of-entries.js";
import type { MessageRegistry } from "../../messages/message-registry.js";
import { andThen, type MaybePromise } from "../../queue/maybe-promise.js";
import type { NewRow, QueueRow } from "../../queue/queue-row.js";
import type { Lease } from "../../queue/queue-store.js";
import { inParts } from "./in-parts.js";
import { whenMigrated } from "./migrations.js";
import { newColumns, newValues } from "./row-columns.js";
import type { SqlExecutor, SqlResult, SqlStatement } from "./sql-database.js";
import { marksTable } from "./sql-marks.js";
import { noTransaction, type SqlOutboxParts } from "./sql-outbox.js";
import { SqlQueue } from "./sql-queue.js";

/** An inbox in a database; each engine has one of its own. */
export abstract class SqlInbox<Tx, Answer extends SqlResult | Promise<SqlResult>> implements Inbox<Tx> {
  readonly registry: MessageRegistry;
  readonly queue: SqlQueue;
  readonly #parts: SqlOutboxParts<Tx, Answer>;
  readonly #settings: InboxSettings;
  readonly #whenMigrated: ReturnType<typeof whenMigrated>;

  constructor(parts: SqlOutboxParts<Tx, Answer>, options: InboxOptions) {
    this.#parts = parts;
    this.#settings = inboxSettings(parts.name, options);
    this.registry = options.registry;
    const { db, checks = db, dialect, version } = parts;
    this.#whenMigrated = whenMigrated(checks, version);
    this.queue = new SqlQueue({ db, dialect, version, name: "sluice_inbox", keepsDone: true });
  }

  accept(messageId: string, tx: Tx, { consumer }: { readonly consumer: string }): MaybePromise<boolean> {
    requireConsumer(messageId, consumer);
    const executor = this.#parts.transactions(tx);
    return this.#whenMigrated(() => {
      const { dialect } = this.#parts;
      const mark = [[consumer, messageId]];
      const statement = dialect.insertNew(marksTable, ["consumer", "message_id"], mark, {
        inTransaction: true,
      });
      return andThen(this.#insertIfNew(executor, statement), ({ changed }) => changed > 0);
    });
  }

  add(entries: readonly InboxEntry[], tx?: NoInfer<Tx>): MaybePromise<boolean[]> {
    const rows = rowsOfEntries(entries, this.#settings);
    const executor: SqlExecutor = tx === undefined ? this.#parts.db : this.#parts.transactions(tx);
    return this.#whenMigrated(() => {
      if (rows.length === 0) return [];
      const inTransaction = tx !== undefined;
      return andThen(this.#insertNew(executor, rows, inTransaction), (ids) => {
        this.queue.wakeUp.added();
        return rows.map(({ messageId }) => ids.delete(messageId));
      });
    });
  }

  /** The ids that were not there before. */
  #insertNew(
    executor: SqlExecutor,
    rows: readonly NewRow[],
    inTransaction: boolean,
  ): MaybePromise<Set<string>> {
    const { dialect } = this.#parts;
    const insert = (some: readonly NewRow[]) => {
      const values = some.map((row) => newValues(row, dialect.buckets));
      return this.#insertIfNew(
        executor,
        dialect.insertNew(this.queue.tables.rows, newColumns, values, {
          returning: "message_id",
          inTransaction,
        }),
      );
    };
    if (dialect.returnsInserted) {
      const ids = new Set<string>();
      const written = inParts(rows, (part) =>
        andThen(insert(part), (result) => {
          for (const { message_id } of result.rows) ids.add(message_id as string);
        }),
      );
      return andThen(written, () => ids);
    }
    return this.#insertOneByOne(rows, insert);
  }

  /** Only a duplicate key counts as a duplicate (rule O7). */
  #insertIfNew(executor: SqlExecutor, statement: SqlStatement): SqlResult | Promise<SqlResult> {
    const { isDuplicateKey } = this.#parts.dialect;
    const written = executor.exec(statement);
    if (isDuplicateKey === undefined || !(written instanceof Promise)) return written;
    return written.then(
      (result) => {
        if (result.changed === 0) throw noTransaction();
        return result;
      },
      (error) => {
        if (!isDuplicateKey(error)) throw error;
        return { rows: [], changed: 0 };
      },
    );
  }

  async #insertOneByOne(
    rows: readonly NewRow[],
    insert: (some: readonly NewRow[]) => SqlResult | Promise<SqlResult>,
  ): Promise<Set<string>> {
    const ids = new Set<string>();
    for (const row of rows) if ((await insert([row])).changed > 0) ids.add(row.messageId);
    return ids;
  }

  finish({ id }: QueueRow, lease: Lease, tx: Tx): MaybePromise<boolean> {
    const executor = this.#parts.transactions(tx);
    return andThen(this.queue.rows.completeIn(executor, [lease], [id]), (changed) => changed > 0);
  }
}
