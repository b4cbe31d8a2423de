import { postgres } from "@sluice-internal/services";
import pg from "pg";
import { migratePostgres, PostgresOutbox } from "sluice/stores/postgres";
import { fill, registry, rows } from "./fill.js";
import { type RelaySetting, relayRate } from "./relay-rate.js";

/** A PostgreSQL with fsync, and both ways to move its rows. */
export class OnPostgres implements AsyncDisposable {
  private constructor(
    readonly pool: pg.Pool,
    private readonly stop: () => Promise<void>,
    /** Gives the way to a new, empty database. */
    readonly createDatabase: () => Promise<string>,
  ) {}

  static async start(): Promise<OnPostgres> {
    const server = await postgres.start({ settings: { shared_buffers: "512MB", max_wal_size: "4GB" } });
    const pool = new pg.Pool({ connectionString: server.url, max: 16 });
    pool.on("error", () => {});
    await migratePostgres(pool);
    await pool.query(
      `create table by_hand (id bigserial primary key, message_id text not null, name text not null, topic text not null,
         message_key text not null, timestamp_ms bigint not null, content_type text not null, headers text not null, body bytea not null)`,
    );
    return new OnPostgres(
      pool,
      () => server.stop(),
      () => server.createDatabase(),
    );
  }

  async fillOutbox(): Promise<void> {
    await this.pool.query("truncate sluice_outbox");
    await fill(new PostgresOutbox<pg.PoolClient>(this.pool, { registry }), (work) => this.transaction(work));
    await this.pool.query("vacuum analyze sluice_outbox");
  }

  async transaction(work: (client: pg.PoolClient) => unknown): Promise<void> {
    const client = await this.pool.connect();
    await client.query("begin");
    await work(client);
    await client.query("commit");
    client.release();
  }

  relay(setting: RelaySetting): Promise<number> {
    const outbox = new PostgresOutbox(this.pool, { registry });
    return relayRate([outbox], setting, async () => {
      const { rows } = await this.pool.query("select 1 from sluice_outbox limit 1");
      return rows.length > 0;
    });
  }

  /** Claims and deletes rows of the same content, without order, lease or fence. */
  async byHand(batch: number): Promise<number> {
    await this.pool.query("truncate by_hand");
    await this.pool.query(
      `insert into by_hand (message_id, name, topic, message_key, timestamp_ms, content_type, headers, body)
       select gen_random_uuid(), 'moved', 'moves', 'key-' || n % 1000, 1790000000000, 'application/json', '{}', convert_to('{"text":"' || repeat('x', 88) || '"}', 'utf8') from generate_series(1, $1::int) n`,
      [rows],
    );
    await this.pool.query("vacuum analyze by_hand");
    const client = await this.pool.connect();
    const start = performance.now();
    for (;;) {
      await client.query("begin");
      const claimed = await client.query(
        "select * from by_hand where id = any(array(select id from by_hand order by id limit $1 for update skip locked))",
        [batch],
      );
      const ids = claimed.rows.map(({ id }) => id);
      if (ids.length > 0) await client.query("delete from by_hand where id = any($1)", [ids]);
      await client.query("commit");
      if (ids.length === 0) break;
    }
    const took = performance.now() - start;
    client.release();
    return (rows * 1_000) / took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end();
    await this.stop();
  }
}
