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
  return {
    url,
    pool,
    async begin(): Promise<pg.PoolClient> {
      const client = await pool.connect();
      await client.query("begin");
      return client;
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
    },
  };
}
