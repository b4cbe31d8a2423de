import Sqlite from "better-sqlite3";
import { createConnection } from "mysql2/promise";
import pg from "pg";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Asks a database by its URL; a path is SQLite. No code of the library is at work here. */
export async function rowsOf(url: string, queries: readonly string[]): Promise<Rows[]> {
  if (url.startsWith("postgres")) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const results: Rows[] = [];
    for (const sql of queries) results.push((await client.query(sql)).rows);
    await client.end();
    return results;
  }
  if (url.startsWith("mysql")) {
    const connection = await createConnection(url);
    const results: Rows[] = [];
    for (const sql of queries) results.push((await connection.query(sql))[0] as Rows);
    await connection.end();
    return results;
  }
  const db = new Sqlite(url, { timeout: 30_000 });
  const results = queries.map((sql) => db.prepare(sql).all() as Rows);
  db.close();
  return results;
}
