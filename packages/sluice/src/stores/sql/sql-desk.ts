import type { QueueRecord } from "../../queue/queue-row.js";
import type { QueueDesk, QueueStats, RowFilter } from "../../queue/queue-store.js";
import { whenMigrated } from "./migrations.js";
import { recordColumns, recordOf, states } from "./row-columns.js";
import type { SqlDatabase, SqlResult, SqlValue } from "./sql-database.js";
import type { QueueTables, SqlDialect, SqlFragment } from "./sql-dialect.js";
import { countPurgeableMarks, purgeMarks } from "./sql-marks.js";

/** A queue in a database as people look at it. */
export class SqlDesk implements QueueDesk {
  readonly #db: SqlDatabase;
  readonly #dialect: SqlDialect;
  readonly #tables: QueueTables;
  readonly #whenMigrated: ReturnType<typeof whenMigrated>;

  constructor(db: SqlDatabase, dialect: SqlDialect, tables: QueueTables, version: number) {
    this.#db = db;
    this.#dialect = dialect;
    this.#tables = tables;
    this.#whenMigrated = whenMigrated(db, version);
  }

  async stats(): Promise<QueueStats> {
    const { rows, leases, workers } = this.#tables;
    const { now, isPending } = this.#dialect;
    const [[counts], serving] = [
      await this.#query(
        `select (select count(*) from ${rows} where state = 0) as pending, ` +
          `(select count(*) from ${rows} where state = 0 and next_try_ms is not null) as waiting, ` +
          `(select count(*) from ${rows} where state = 1) as done, ` +
          `(select count(*) from ${rows} where state = 2) as dead, ` +
          `${now} - (select created_ms from ${rows} where ${isPending} order by id limit 1) as lag`,
      ),
      await this.#query(
        `select w.name, (select count(*) from ${leases} l where l.owner = w.token) as buckets ` +
          `from ${workers} w where w.expires_ms > ${now} order by w.name`,
      ),
    ];
    return {
      pending: Number(counts?.pending),
      waiting: Number(counts?.waiting),
      done: Number(counts?.done),
      dead: Number(counts?.dead),
      lagMs: Math.max(0, Number(counts?.lag ?? 0)),
      workers: serving.map(({ name, buckets }) => ({ name: name as string, buckets: Number(buckets) })),
    };
  }

  async list({ limit, afterId = 0, ...filter }: Parameters<QueueDesk["list"]>[0]): Promise<QueueRecord[]> {
    const fits = this.#where(filter);
    const sql = `select ${recordColumns} from ${this.#tables.rows} where ${fits.sql} and id > ? order by id limit ?`;
    return this.#records(sql, [...fits.params, afterId, limit]);
  }

  async find(messageId: string): Promise<QueueRecord[]> {
    const sql = `select ${recordColumns} from ${this.#tables.rows} where message_id = ? order by id`;
    return this.#records(sql, [messageId]);
  }

  async count(filter: RowFilter): Promise<number> {
    const fits = this.#where(filter);
    return this.#number(`select count(*) as n from ${this.#tables.rows} where ${fits.sql}`, fits.params);
  }

  replay(filter: RowFilter & { readonly state: "dead" }): Promise<number> {
    const fits = this.#where(filter);
    const sql = `update ${this.#tables.rows} set state = 0, attempts = 0, next_try_ms = null where ${fits.sql}`;
    return this.#change(sql, fits.params);
  }

  discard(filter: RowFilter): Promise<number> {
    const fits = this.#where(filter);
    return this.#change(`delete from ${this.#tables.rows} where ${fits.sql}`, fits.params);
  }

  async purge({ olderThanMs, limit }: Parameters<QueueDesk["purge"]>[0]): Promise<number> {
    const purged = await this.#purgeRows(olderThanMs, limit);
    if (!this.#tables.hasMarks || purged === limit) return purged;
    return purged + (await purgeMarks(this.#db, this.#dialect, { olderThanMs, limit: limit - purged }));
  }

  async #purgeRows(olderThanMs: number, limit: number): Promise<number> {
    const { rows } = this.#tables;
    const sql = `select id from ${rows} where state = 1 and done_ms <= ${this.#dialect.now} - ? order by done_ms limit ?`;
    const old = await this.#query(sql, [olderThanMs, limit]);
    if (old.length === 0) return 0;
    const areOld = this.#dialect.isOneOf(
      "id",
      old.map(({ id }) => Number(id)),
    );
    return this.#change(`delete from ${rows} where state = 1 and ${areOld.sql}`, areOld.params);
  }

  async countPurgeable(olderThanMs: number): Promise<number> {
    const { rows, hasMarks } = this.#tables;
    const sql = `select count(*) as n from ${rows} where state = 1 and done_ms <= ${this.#dialect.now} - ?`;
    const purgeable = await this.#number(sql, [olderThanMs]);
    return hasMarks
      ? purgeable + (await countPurgeableMarks(this.#db, this.#dialect, olderThanMs))
      : purgeable;
  }

  #where({ state, messageIds, topic }: RowFilter): SqlFragment {
    const parts: SqlFragment[] = [
      state === "pending"
        ? { sql: this.#dialect.isPending, params: [] }
        : { sql: "state = ?", params: [states.indexOf(state)] },
    ];
    if (topic !== undefined) parts.push({ sql: "topic = ?", params: [topic] });
    if (messageIds !== undefined) parts.push(this.#dialect.isOneOf("message_id", messageIds));
    return { sql: parts.map(({ sql }) => sql).join(" and "), params: parts.flatMap(({ params }) => params) };
  }

  async #query(sql: string, params: readonly SqlValue[] = []) {
    return (await this.#exec(sql, params)).rows;
  }

  async #number(sql: string, params: readonly SqlValue[]): Promise<number> {
    return Number((await this.#query(sql, params))[0]?.n);
  }

  async #change(sql: string, params: readonly SqlValue[]): Promise<number> {
    return (await this.#exec(sql, params)).changed;
  }

  async #exec(sql: string, params: readonly SqlValue[]): Promise<SqlResult> {
    return this.#whenMigrated(() => this.#db.exec({ sql, params }));
  }

  async #records(sql: string, params: readonly SqlValue[]): Promise<QueueRecord[]> {
    const rows = await this.#whenMigrated(() => this.#db.read({ sql, params }));
    return rows.map(recordOf);
  }
}
