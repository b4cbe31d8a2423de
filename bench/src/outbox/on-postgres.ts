import pg from "pg";
import { migratePostgres, PostgresOutbox, type PostgresOutboxOptions } from "sluice/stores/postgres";
import { moveByHand, tableByHand } from "./hand.js";
import { copied, copiedByHand, keys, oneOfEachKey, registry, rows } from "./moved.js";
import { type RelaySetting, relayRate } from "./relay-rate.js";

/** How many rows are made by one statement. */
const mostAtOnce = 100_000;

type OutboxSetting = Pick<PostgresOutboxOptions<pg.PoolClient>, "notify"> & { readonly keepDone?: boolean };

/** A database of PostgreSQL with an outbox, a table made by hand, and both ways to move their rows. */
export class OnPostgres implements AsyncDisposable {
  private constructor(
    readonly url: string,
    readonly pool: pg.Pool,
    readonly outbox: PostgresOutbox<pg.PoolClient>,
  ) {}

  static async open(url: string, setting: OutboxSetting = {}): Promise<OnPostgres> {
    const pool = new pg.Pool({ connectionString: url, max: 20 });
    pool.on("error", () => {});
    await migratePostgres(pool);
    const outbox = new PostgresOutbox<pg.PoolClient>(pool, { registry, ...setting });
    const db = new OnPostgres(url, pool, outbox);
    await db.transaction((client) => outbox.add(oneOfEachKey(), client));
    await pool.query(`create table template as select ${copied}, id as place from sluice_outbox`);
    await pool.query("truncate sluice_outbox");
    await pool.query(tableByHand);
    return db;
  }

  /** A round number of pending rows as `add` writes them, in place of all others. */
  async fillOutbox(count = rows): Promise<void> {
    await this.pool.query("truncate sluice_outbox");
    await this.addRows(count);
    await this.pool.query("vacuum analyze sluice_outbox");
  }

  /** As the relay leaves them, the last ten seconds' worth of a thousand a millisecond. */
  async addDoneRows(count: number): Promise<void> {
    await this.addRows(count, {
      columns: ", state, done_ms",
      values: ", 1, (extract(epoch from now()) * 1000)::bigint - batch",
    });
    await this.pool.query("vacuum (freeze, analyze) sluice_outbox");
    await this.pool.query("checkpoint");
  }

  async addRows(
    count: number,
    more = { columns: "", values: "" },
    on: Pick<pg.ClientBase, "query"> = this.pool,
  ): Promise<void> {
    for (let at = 0; at < count; at += mostAtOnce)
      await on.query(
        `insert into sluice_outbox (message_id, ${copied}${more.columns}) ` +
          `select gen_random_uuid(), ${copied}${more.values} ` +
          "from generate_series($1::int, $2::int) as batch cross join template order by batch, place",
        [at / keys, Math.min(at + mostAtOnce, count) / keys - 1],
      );
  }

  async transaction(work: (client: pg.PoolClient) => unknown): Promise<void> {
    const client = await this.pool.connect();
    await client.query("begin");
    await work(client);
    await client.query("commit");
    client.release();
  }

  /** Leaves both tables without statistics, as they are when much comes soon after they were made. */
  async keepFromAnalyzing(): Promise<void> {
    for (const table of ["sluice_outbox", "by_hand"])
      await this.pool.query(`alter table ${table} set (autovacuum_enabled = false)`);
  }

  /** How many pending rows a second a relay publishes and marks. */
  relay(setting: RelaySetting): Promise<number> {
    return relayRate(this.outbox, setting, async () => {
      const pending = await this.pool.query("select 1 from sluice_outbox where state = 0 limit 1");
      return pending.rows.length > 0;
    });
  }

  /** Rows of the same content for the loop by hand. */
  async fillByHand(): Promise<void> {
    await this.pool.query("truncate by_hand");
    await this.pool.query(
      `insert into by_hand (message_id, ${copiedByHand}) select gen_random_uuid(), ${copiedByHand} ` +
        "from generate_series(1, $1::int) as batch cross join template order by batch, place",
      [rows / keys],
    );
  }

  /** How many of them a second the loop moves. */
  async byHand(batch: number): Promise<number> {
    const client = await this.pool.connect();
    const start = performance.now();
    while ((await moveByHand(client, batch)) > 0);
    const took = performance.now() - start;
    client.release();
    return (rows * 1_000) / took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end();
  }
}
