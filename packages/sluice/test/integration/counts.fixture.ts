import { postgres } from "@sluice-internal/services";
import pg from "pg";
import { NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";
import { migratePostgres } from "sluice/stores/postgres";
import { createDatabase } from "../servers/create-database.fixture.js";

export class Counted extends NotificationEvent<number> {
  constructor(n: number, key: string) {
    super({ eventName: "counted", topic: "counts", key, payload: n });
  }
}

export const registry = new MessageRegistry().register("counted", Counted);

/** A database of its own with the tables, and a pool of connections to it. */
export async function countsOnPostgres() {
  const url = await createDatabase(postgres);
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  await migratePostgres(pool);
  const open = new Set<pg.PoolClient>();
  return {
    url,
    pool,
    async begin(): Promise<pg.PoolClient> {
      const client = await pool.connect();
      open.add(client);
      await client.query("begin");
      return client;
    },
    async end(client: pg.PoolClient, how: "commit" | "rollback" = "commit"): Promise<void> {
      await client.query(how);
      open.delete(client);
      client.release();
    },
    async [Symbol.asyncDispose]() {
      for (const client of open) client.release(true); // a test has failed
      await pool.end();
    },
  };
}
