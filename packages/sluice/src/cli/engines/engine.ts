import type { MaybePromise } from "../../queue/maybe-promise.js";
import type { QueueStore } from "../../queue/queue-store.js";
import type { MigrationScriptOptions } from "../../stores/sql/migration-script.js";
import type { Migration } from "../../stores/sql/migrations.js";

/** A kind of database, as the `sluice` command works with it: opened by a URL, without a config. */
export interface Engine {
  /** The same as plain SQL, from a version on. */
  migrationScript(options: MigrationScriptOptions): string;
  /** Opens a database; with `creates`, makes it where it is missing and the engine can. */
  open(url: string, options: { readonly creates: boolean }): Promise<OpenDatabase>;
}

export interface OpenDatabase {
  readonly outbox: QueueStore;
  readonly inbox: QueueStore;
  /** Brings the tables to the newest version, and gives the steps that it took. */
  migrate(): MaybePromise<readonly Migration[]>;
  close(): unknown;
}
