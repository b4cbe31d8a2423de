import { WorkerNameTakenError } from "../../queue/queue-errors.js";
import type { Lease, QueueLeases, Worker } from "../../queue/queue-store.js";
import { requireMigrated } from "./migrations.js";
import type { SqlDatabase } from "./sql-database.js";
import type { QueueTables, SqlDialect } from "./sql-dialect.js";

/** The leases of a queue in a database. */
export class SqlLeases implements QueueLeases {
  readonly #db: SqlDatabase;
  readonly #dialect: SqlDialect;
  readonly #tables: QueueTables;
  readonly #version: number;

  constructor(db: SqlDatabase, dialect: SqlDialect, tables: QueueTables, version: number) {
    this.#db = db;
    this.#dialect = dialect;
    this.#tables = tables;
    this.#version = version;
  }

  async join(worker: Worker): Promise<void> {
    await requireMigrated(this.#db, this.#version);
    await this.#keepAlive(worker);
  }

  async #keepAlive({ name, token, leaseMs }: Worker): Promise<void> {
    await this.#db.exec(this.#dialect.join(this.#tables, { name, token, leaseMs }));
    const sql = `select 1 as yes from ${this.#tables.workers} where name = ? and token = ?`;
    const { rows } = await this.#db.exec({ sql, params: [name, token] });
    if (rows.length === 0) throw new WorkerNameTakenError(name);
  }

  async renew(worker: Worker): Promise<{ held: Lease[]; workers: number }> {
    await this.#keepAlive(worker);
    const { now } = this.#dialect;
    const { leases, workers } = this.#tables;
    await this.#db.exec({
      sql: `update ${leases} set expires_ms = ${now} + ? where owner = ?`,
      params: [worker.leaseMs, worker.token],
    });
    const { rows } = await this.#db.exec({
      sql:
        `select bucket, epoch, (select count(*) from ${workers} where expires_ms > ${now}) as workers ` +
        `from ${leases} where owner = ?`,
      params: [worker.token],
    });
    const alive = rows[0]?.workers ?? (await this.#alive());
    return { held: rows.map(leaseOf), workers: Number(alive) };
  }

  async take({ token, leaseMs }: Worker, limit: number): Promise<Lease[]> {
    const { now } = this.#dialect;
    const { leases } = this.#tables;
    const isFree = `(owner is null or expires_ms <= ${now})`;
    const free = await this.#db.exec({ sql: `select bucket from ${leases} where ${isFree}`, params: [] });
    const wanted = someOf(
      free.rows.map(({ bucket }) => Number(bucket)),
      limit,
    );
    if (wanted.length === 0) return [];
    const isWanted = this.#dialect.isOneOf("bucket", wanted);
    // Two who want the same one wait for each other here, and the second finds it taken.
    await this.#db.exec({
      sql:
        `update ${leases} set owner = ?, epoch = epoch + 1, expires_ms = ${now} + ? ` +
        `where ${isWanted.sql} and ${isFree}`,
      params: [token, leaseMs, ...isWanted.params],
    });
    const { rows } = await this.#db.exec({
      sql: `select bucket, epoch from ${leases} where owner = ? and ${isWanted.sql}`,
      params: [token, ...isWanted.params],
    });
    return rows.map(leaseOf);
  }

  async release(leases: readonly Lease[]): Promise<void> {
    for (const { bucket, epoch } of leases) {
      await this.#db.exec({
        sql: `update ${this.#tables.leases} set owner = null, expires_ms = 0 where bucket = ? and epoch = ?`,
        params: [bucket, epoch],
      });
    }
  }

  async leave({ name, token }: Worker): Promise<void> {
    await this.#db.exec({
      sql: `update ${this.#tables.leases} set owner = null, expires_ms = 0 where owner = ?`,
      params: [token],
    });
    await this.#db.exec({
      sql: `delete from ${this.#tables.workers} where name = ? and token = ?`,
      params: [name, token],
    });
  }

  async #alive(): Promise<unknown> {
    const sql = `select count(*) as workers from ${this.#tables.workers} where expires_ms > ${this.#dialect.now}`;
    const { rows } = await this.#db.exec({ sql, params: [] });
    return rows[0]?.workers;
  }
}

function leaseOf({ bucket, epoch }: Readonly<Record<string, unknown>>): Lease {
  return { bucket: Number(bucket), epoch: Number(epoch) };
}

/** So many of them by chance, so that workers which start together do not all want the same ones. */
function someOf(buckets: readonly number[], limit: number): number[] {
  return buckets
    .map((bucket) => ({ bucket, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, limit)
    .map(({ bucket }) => bucket);
}
