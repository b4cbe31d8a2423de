import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import BetterSqlite from "better-sqlite3";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
import { copied, copiedByHand, keys, oneOfEachKey, registry, rows } from "./moved.js";
import { type RelaySetting, relayRate } from "./relay-rate.js";

/** What both drivers have. */
interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): { all(...params: number[]): unknown[]; run(...params: (number | string)[]): unknown };
  close(): unknown;
}

type Driver = (path: string) => Database & ConstructorParameters<typeof SqliteOutbox>[0];

export const drivers: Readonly<Record<string, Driver>> = {
  "better-sqlite3": (path) => new BetterSqlite(path) as never,
  "node:sqlite": (path) => new DatabaseSync(path) as never,
};

const series =
  "with recursive series (batch) as (select 1 union all select batch + 1 from series where batch < ?)";
const messageId = "lower(hex(randomblob(16)))";

/** A SQLite file as durable as an application has it, and both ways to move the rows in it. */
export class SqliteFile implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  readonly #driver: Driver;
  /** Whoever writes has this connection; whoever moves rows, another one. */
  readonly #writer: ReturnType<Driver>;

  private constructor(driver: Driver) {
    this.#driver = driver;
    this.#writer = this.#connect();
  }

  static open(driver: Driver): SqliteFile {
    const file = new SqliteFile(driver);
    const db = file.#writer;
    migrateSqlite(db);
    db.exec("begin immediate");
    new SqliteOutbox(db, { registry }).add(oneOfEachKey(), db);
    db.exec("commit");
    db.exec(`create table template as select ${copied}, id as place from sluice_outbox`);
    db.exec("delete from sluice_outbox");
    db.exec(
      `create table by_hand (id integer primary key, message_id text not null, name text not null, topic text not null,
         message_key text not null, timestamp_ms integer not null, content_type text not null, headers text not null, body blob not null) strict`,
    );
    return file;
  }

  #connect(): ReturnType<Driver> {
    const db = this.#driver(join(this.#folder, "bench.db"));
    for (const setting of ["journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"])
      db.exec(`pragma ${setting}`);
    return db;
  }

  #fill(table: string, columns: string): void {
    this.#writer
      .prepare(
        `insert into ${table} (message_id, ${columns}) ${series} ` +
          `select ${messageId}, ${columns} from series cross join template order by batch, place`,
      )
      .run(rows / keys);
    this.#writer.exec("pragma wal_checkpoint(truncate)");
  }

  async relay(setting: RelaySetting): Promise<number> {
    this.#fill("sluice_outbox", copied);
    const db = this.#connect();
    const isLeft = async () => this.#writer.prepare("select 1 from sluice_outbox limit 1").all().length > 0;
    const rate = await relayRate(new SqliteOutbox(db, { registry }), setting, isLeft);
    db.close();
    return rate;
  }

  /** Reads and deletes rows of the same content, without a lease or a fence. */
  byHand(batch: number): number {
    this.#fill("by_hand", copiedByHand);
    const db = this.#connect();
    const claim = db.prepare("select * from by_hand order by id limit ?");
    const remove = db.prepare("delete from by_hand where id in (select value from json_each(?))");
    const start = performance.now();
    for (let isOver = false; !isOver; ) {
      db.exec("begin immediate");
      const claimed = claim.all(batch) as { id: number }[];
      isOver = claimed.length === 0;
      if (!isOver) remove.run(JSON.stringify(claimed.map(({ id }) => id)));
      db.exec("commit");
    }
    const rate = (rows * 1_000) / (performance.now() - start);
    db.close();
    return rate;
  }

  [Symbol.dispose](): void {
    this.#writer.close();
    rmSync(this.#folder, { recursive: true });
  }
}
