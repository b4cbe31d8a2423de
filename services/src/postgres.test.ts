import pg from "pg";
import { postgres } from "./postgres.js";
import { serverConforms } from "./server-conforms.fixture.js";

async function query(url: string, sql: string, parameters: readonly string[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql, [...parameters]);
  } finally {
    await client.end();
  }
}

let database: string;

serverConforms(postgres, {
  async write(server, text) {
    database = await server.createDatabase();
    await query(database, "create table kept (value text)");
    await query(database, "insert into kept values ($1)", [text]);
  },
  read: async () => (await query(database, "select value from kept")).rows[0]?.value,
});
