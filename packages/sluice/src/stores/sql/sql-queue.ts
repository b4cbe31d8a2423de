import type { QueueStore } from "../../queue/queue-store.js";
import { WakeUp } from "../../queue/wake-up.js";
import type { SqlDatabase } from "./sql-database.js";
import { SqlDesk } from "./sql-desk.js";
import type { QueueTables, SqlDialect } from "./sql-dialect.js";
import { SqlLeases } from "./sql-leases.js";
import { SqlRows } from "./sql-rows.js";

export interface SqlQueueOptions {
  readonly db: SqlDatabase;
  readonly dialect: SqlDialect;
  /** What its tables begin with. */
  readonly name: "sluice_outbox" | "sluice_inbox";
  /** Of the tables that it needs. */
  readonly version: number;
  readonly keepsDone: boolean;
  readonly listen?: QueueStore["listen"];
}

/** A queue in a database. */
export class SqlQueue implements QueueStore {
  readonly buckets: number;
  readonly tables: QueueTables;
  readonly leases: SqlLeases;
  readonly rows: SqlRows;
  readonly desk: SqlDesk;
  readonly wakeUp = new WakeUp();
  readonly listen: QueueStore["listen"];

  constructor({ db, dialect, version, name, keepsDone, listen }: SqlQueueOptions) {
    this.listen = listen;
    this.buckets = dialect.buckets;
    const hasMarks = name === "sluice_inbox";
    this.tables = { rows: name, leases: `${name}_lease`, workers: `${name}_worker`, hasMarks };
    const { quick = db } = db;
    this.leases = new SqlLeases(quick, dialect, this.tables, version);
    this.rows = new SqlRows(quick, dialect, this.tables, keepsDone);
    this.desk = new SqlDesk(db, dialect, this.tables, version);
  }
}
