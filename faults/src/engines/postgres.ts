import { postgres as service } from "@sluice-internal/services";
import pg from "pg";
import { migratePostgres, PostgresInbox, PostgresOutbox } from "sluice/stores/postgres";
import { registry } from "../messages.js";
import { businessTables, type Engine, type Store } from "./engine.js";
import { numbered } from "./numbered.js";

export const postgres: Engine = {
  name: "postgres",
  writers: 4,

  async start({ folder, env } = {}) {
    const server = await service.start({ folder, env, settings: { max_connections: 200 } });
    return {
      url: server.url,
      folder: server.folder,
      async killConnections() {
        const client = new pg.Client({ connectionString: server.url });
        await client.connect();
        await client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and random() < 0.5",
        );
        await client.end();
      },
      async restart() {
        await server.kill();
        await server.restart();
      },
      stop: () => server.stop(),
    };
  },

  async migrate(url) {
    const pool = poolOf(url);
    await migratePostgres(pool);
    for (const sql of businessTables) await pool.query(sql);
    await pool.end();
  },

  async open(url): Promise<Store> {
    const pool = poolOf(url);
    return {
      outbox: new PostgresOutbox(pool, { registry, queryTimeoutMs: 1_000 }),
      inbox: new PostgresInbox(pool, { registry }),
      async transaction(work) {
        const client = await pool.connect();
        try {
          await client.query("begin");
          const exec = (sql: string, params: readonly unknown[]) => client.query(numbered(sql), [...params]);
          const result = await work({ tx: client as never, exec });
          await client.query("commit");
          client.release();
          return result;
        } catch (error) {
          const isBack = await client.query("rollback").then(
            () => true,
            () => false,
          );
          client.release(!isBack);
          throw error;
        }
      },
      async exec(sql, params = []) {
        return (await pool.query(numbered(sql), [...params])).rows;
      },
      close: () => pool.end(),
    };
  },
};

function poolOf(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 12, connectionTimeoutMillis: 5_000 });
  // An error that is told while nobody waits would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}
