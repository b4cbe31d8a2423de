import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
import { fill, registry, rows } from "./fill.js";
import { type RelaySetting, relayRate } from "./relay-rate.js";

/** A SQLite file, and both ways to move its rows. */
export class OnSqlite implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  readonly #db = new Sqlite(join(this.#folder, "bench.db"));

  async start(): Promise<this> {
    this.#db.pragma("journal_mode = WAL");
    this.#db.pragma("synchronous = FULL");
    migrateSqlite(this.#db);
    this.#db.exec(
      `create table by_hand (id integer primary key, message_id text not null, name text not null, topic text not null,
         message_key text not null, timestamp_ms integer not null, content_type text not null, headers text not null, body blob not null) strict`,
    );
    return this;
  }

  async relay(setting: RelaySetting): Promise<number> {
    const outbox = new SqliteOutbox<Sqlite.Database>(this.#db, { registry });
    await fill(outbox, async (work) => {
      this.#db.exec("begin immediate");
      await work(this.#db);
      this.#db.exec("commit");
    });
    return relayRate(
      [outbox],
      setting,
      async () => this.#db.prepare("select 1 from sluice_outbox").get() !== undefined,
    );
  }

  /** Reads and deletes rows of the same content, without a lease or a fence. */
  byHand(batch: number): number {
    const insert = this.#db.prepare(
      `insert into by_hand (message_id, name, topic, message_key, timestamp_ms, content_type, headers, body)
       values (?, 'moved', 'moves', ?, 1790000000000, 'application/json', '{}', ?)`,
    );
    const body = Buffer.from(JSON.stringify({ text: "x".repeat(88) }));
    this.#db.transaction(() => {
      for (let n = 0; n < rows; n++) insert.run(crypto.randomUUID(), `key-${n % 1_000}`, body);
    })();
    const claim = this.#db.prepare<[number], { id: number }>("select * from by_hand order by id limit ?");
    const remove = this.#db.prepare("delete from by_hand where id in (select value from json_each(?))");
    const move = this.#db.transaction(() => {
      const claimed = claim.all(batch);
      if (claimed.length > 0) remove.run(JSON.stringify(claimed.map(({ id }) => id)));
      return claimed.length;
    });
    const start = performance.now();
    while (move.immediate() > 0);
    return (rows * 1_000) / (performance.now() - start);
  }

  [Symbol.dispose](): void {
    this.#db.close();
    rmSync(this.#folder, { recursive: true });
  }
}
