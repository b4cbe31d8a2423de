import { andThen, type MaybePromise } from "../../queue/maybe-promise.js";
import type { QueueRow } from "../../queue/queue-row.js";
import type { Claim, Lease, QueueRows, RowFailure } from "../../queue/queue-store.js";
import { claimOfTopics, isOfAny, pendingTopics } from "./claim-of-topics.js";
import { rowColumns, StoredRow } from "./row-columns.js";
import type { SqlDatabase, SqlExecutor, SqlStatement } from "./sql-database.js";
import { fence, type QueueTables, type SqlDialect, type SqlFragment, skipOf } from "./sql-dialect.js";

/** The rows of a queue in a database, as its workers see them. */
export class SqlRows implements QueueRows {
  readonly #db: SqlDatabase;
  readonly #dialect: SqlDialect;
  readonly #tables: QueueTables;
  readonly #keepsDone: boolean;
  readonly #topics: () => Promise<readonly string[]>;

  constructor(db: SqlDatabase, dialect: SqlDialect, tables: QueueTables, keepsDone: boolean) {
    this.#db = db;
    this.#dialect = dialect;
    this.#tables = tables;
    this.#keepsDone = keepsDone;
    this.#topics = pendingTopics(db, dialect, tables);
  }

  async claim(claim: Claim): Promise<QueueRow[]> {
    const statement =
      claim.skipTopics.length > 0 ? await this.#claimOfOtherTopics(claim) : this.#claim(claim);
    if (statement === undefined) return [];
    const rows = await this.#db.read({ ...statement, isRepeated: true });
    return rows.map((columns) => new StoredRow(columns, this.#dialect.buckets));
  }

  #claim({ leases, perBucket, limit, skipKeys }: Claim): SqlStatement {
    if (perBucket !== undefined)
      return this.#dialect.claimOfEach(this.#tables, rowColumns, { leases, perBucket, limit, skipKeys });
    const isHeld = isOfAny(this.#dialect, "bucket", leases);
    const skips = skipOf(this.#dialect, skipKeys);
    return {
      sql:
        `select ${rowColumns} from ${this.#tables.rows} where ${this.#dialect.isPending} and ${isHeld.sql}${skips.sql} ` +
        "order by id limit ?",
      params: [...isHeld.params, ...skips.params, limit],
    };
  }

  async #claimOfOtherTopics(claim: Claim): Promise<SqlStatement | undefined> {
    const topics = (await this.#topics()).filter((topic) => !claim.skipTopics.includes(topic));
    if (topics.length === 0) return undefined;
    return claimOfTopics(this.#dialect, this.#tables, rowColumns, topics, claim);
  }

  async waiting(leases: readonly Lease[]): Promise<{ keyHash: number; ms: number }[]> {
    const isHeld = isOfAny(this.#dialect, "bucket", leases);
    const { rows } = await this.#db.exec({
      sql:
        `select key_hash, max(next_try_ms) - ${this.#dialect.now} as ms from ${this.#tables.rows} ` +
        `where state = 0 and next_try_ms is not null and ${isHeld.sql} group by key_hash`,
      params: isHeld.params,
    });
    return rows
      .map(({ key_hash, ms }) => ({ keyHash: Number(key_hash), ms: Number(ms) }))
      .filter(({ ms }) => ms > 0);
  }

  async complete(leases: readonly Lease[], ids: readonly number[]): Promise<number> {
    return this.completeIn(this.#db, leases, ids);
  }

  /** The same in somebody's transaction. */
  completeIn(tx: SqlExecutor, leases: readonly Lease[], ids: readonly number[]): MaybePromise<number> {
    return andThen(tx.exec(this.#mark(leases, ids)), ({ changed }) => changed);
  }

  async fail(leases: readonly Lease[], failures: readonly RowFailure[]): Promise<number> {
    return (await this.#db.exec(this.#failure(leases, failures))).changed;
  }

  async settle(leases: readonly Lease[], ids: readonly number[], failures: readonly RowFailure[]) {
    if (this.#db.both) await this.#db.both(this.#failure(leases, failures), this.#mark(leases, ids));
    // At the same time: a server makes both durable in little more time than one.
    else await Promise.all([this.complete(leases, ids), this.fail(leases, failures)]);
  }

  #mark(leases: readonly Lease[], ids: readonly number[]): SqlStatement {
    const areMeant = areInRange(ids) ?? this.#dialect.isOneOf("id", ids);
    const isHeld = fence(this.#dialect, this.#tables, leases);
    const { rows } = this.#tables;
    const change = this.#keepsDone
      ? `update ${rows} set state = 1, done_ms = ${this.#dialect.now}, next_try_ms = null`
      : `delete from ${rows}`;
    return {
      sql: `${change} where ${areMeant.sql} and state = 0 and ${isHeld.sql}`,
      params: [...areMeant.params, ...isHeld.params],
      isRepeated: true,
    };
  }

  #failure(leases: readonly Lease[], failures: readonly RowFailure[]): SqlStatement {
    return this.#dialect.fail(this.#tables, failures, fence(this.#dialect, this.#tables, leases));
  }
}

/** Ids that follow each other, as most of a batch do, are quicker to find than a list of them. */
function areInRange(ids: readonly number[]): SqlFragment | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const id of ids) {
    if (id < least) least = id;
    if (id > most) most = id;
  }
  if (most - least + 1 !== ids.length) return undefined;
  return { sql: "id between ? and ?", params: [least, most] };
}
