import { createConnection, type RowDataPacket } from "mysql2/promise";
import { mariadb } from "./mariadb.js";
import { serverConforms } from "./server-conforms.fixture.js";

async function query(url: string, sql: string, parameters: readonly string[] = []): Promise<RowDataPacket[]> {
  const connection = await createConnection(url);
  try {
    return (await connection.query<RowDataPacket[]>(sql, [...parameters]))[0];
  } finally {
    await connection.end();
  }
}

let database: string;

serverConforms(mariadb, {
  async write(server, text) {
    database = await server.createDatabase();
    await query(database, "create table kept (value text)");
    await query(database, "insert into kept values (?)", [text]);
  },
  read: async () => (await query(database, "select value from kept"))[0]?.value,
});
