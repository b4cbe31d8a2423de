import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type DatabaseService, mariadb, postgres } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { createPool } from "mysql2/promise";
import pg from "pg";
import { Command } from "sluice";
import { MessageRegistry } from "sluice/messages";
import { MysqlInbox, MysqlOutbox } from "sluice/stores/mysql";
import { PostgresInbox, PostgresOutbox } from "sluice/stores/postgres";
import { SqliteInbox, SqliteOutbox } from "sluice/stores/sqlite";
import { describe, expect, it, vi } from "vitest";
import { createDatabase } from "../servers/create-database.fixture.js";
import { Folder, linesOf } from "./folder.fixture.js";
import { OrderPlaced, registry } from "./shop.fixture.js";

vi.setConfig({ testTimeout: 60_000 });

class ReserveStock extends Command {
  constructor(readonly orderId: string) {
    super();
  }
}

const commands = new MessageRegistry().register("stock.reserve", ReserveStock);
const orders = ["o-1", "o-2", "o-3"].map((id) => new OrderPlaced(id));

interface Database {
  readonly url: string;
  /** Adds the orders to the outbox, `m-1` to the inbox. */
  fill(): Promise<void>;
  exec(sql: string): Promise<unknown>;
  close(): unknown;
}

interface Engine {
  readonly name: string;
  readonly driver?: string;
  readonly service?: DatabaseService;
  open(folder: Folder): Promise<Database>;
}

async function openPostgres(): Promise<Database> {
  const url = await createDatabase(postgres);
  const pool = new pg.Pool({ connectionString: url });
  return {
    url,
    async fill() {
      const client = await pool.connect();
      await client.query("begin");
      await new PostgresOutbox(pool, { registry }).add(orders, client);
      await client.query("commit");
      client.release();
      await new PostgresInbox(pool, { registry: commands }).add([["m-1", new ReserveStock("o-1")]]);
    },
    exec: (sql) => pool.query(sql),
    close: () => pool.end(),
  };
}

const engines: readonly Engine[] = [
  {
    name: "SQLite",
    async open(folder) {
      const db = new DatabaseSync(join(folder.path, "shop.db"));
      return {
        url: "sqlite:shop.db",
        async fill() {
          db.exec("begin");
          new SqliteOutbox(db, { registry }).add(orders, db);
          db.exec("commit");
          await new SqliteInbox(db, { registry: commands }).add([["m-1", new ReserveStock("o-1")]]);
        },
        exec: async (sql) => db.exec(sql),
        close: () => db.close(),
      };
    },
  },
  {
    name: "PostgreSQL by pg",
    driver: "pg",
    service: postgres,
    open: openPostgres,
  },
  {
    name: "PostgreSQL by postgres.js",
    driver: "postgres",
    service: postgres,
    open: openPostgres,
  },
  {
    name: "MariaDB by mysql2",
    driver: "mysql2",
    service: mariadb,
    async open() {
      const url = await createDatabase(mariadb);
      const pool = createPool({ uri: url });
      return {
        url,
        async fill() {
          const connection = await pool.getConnection();
          await connection.beginTransaction();
          await new MysqlOutbox(pool, { registry }).add(orders, connection);
          await connection.commit();
          connection.release();
          await new MysqlInbox(pool, { registry: commands }).add([["m-1", new ReserveStock("o-1")]]);
        },
        exec: (sql) => pool.query(sql),
        close: () => pool.end(),
      };
    },
  },
];

for (const engine of engines) {
  describeWith(engine.service, `sluice on ${engine.name}, without a config`, () => {
    it("migrates, then counts, lists, shows, replays, discards and purges (O4, O6)", async () => {
      using folder = new Folder();
      if (engine.driver !== undefined) folder.install(engine.driver);
      const db = await engine.open(folder);
      const at = ["--database", db.url];

      expect(await folder.json(["migrate", ...at])).toEqual([
        { applied: [expect.objectContaining({ version: 1, name: "outbox and inbox" })] },
      ]);
      expect(await folder.json(["migrate", ...at])).toEqual([{ applied: [] }]);

      await db.fill();
      await db.exec(
        "update sluice_outbox set state = 2, attempts = 10, last_error = 'no' where message_id <> 'o-3'",
      );
      const stats = { pending: 1, waiting: 0, dead: 2, done: 0, lagMs: expect.any(Number), workers: [] };
      expect(await folder.json(["outbox", "stats", ...at])).toEqual([stats]);
      expect(await folder.json(["inbox", "stats", ...at])).toEqual([{ ...stats, dead: 0 }]);

      expect(await folder.json(["outbox", "list", "--state=dead", ...at])).toEqual(
        ["o-1", "o-2"].map((id) => ({
          id: expect.any(Number),
          messageId: id,
          name: "order.placed",
          topic: "orders",
          key: id,
          timestamp: expect.stringMatching(/^2.*Z$/),
          contentType: "application/json",
          headers: {},
          attempts: 10,
          state: "dead",
          createdAt: expect.stringMatching(/^2.*Z$/),
          nextTryAt: null,
          lastError: "no",
          payload: { orderId: id },
        })),
      );
      expect(await folder.json(["inbox", "show", "m-1", ...at])).toMatchObject([
        { payload: { orderId: "o-1" } },
      ]);

      expect(await folder.json(["outbox", "replay", "o-1", ...at])).toEqual([{ matched: 1, replayed: 0 }]);
      expect(await folder.json(["outbox", "replay", "o-1", "--yes", ...at])).toEqual([
        { matched: 1, replayed: 1 },
      ]);
      expect(await folder.json(["outbox", "discard", "--topic=orders", ...at])).toEqual([
        { matched: 1, discarded: 0 },
      ]);
      expect(await folder.json(["outbox", "discard", "--all", "--yes", ...at])).toEqual([
        { matched: 1, discarded: 1 },
      ]);
      expect(await folder.json(["outbox", "stats", ...at])).toMatchObject([{ pending: 2, dead: 0 }]);

      await db.exec("update sluice_inbox set state = 1, done_ms = 1000");
      const marks = ["('billing', 'm-1', 1000)", "('billing', 'm-2', 1000)", "('stock', 'm-1', 1000)"];
      const now = Date.now();
      await db.exec(
        `insert into sluice_inbox_mark (consumer, message_id, marked_ms) values ${marks.join()}, ('stock', 'm-2', ${now})`,
      );
      expect(await folder.json(["inbox", "purge", ...at])).toEqual([{ matched: 4, purged: 0 }]);
      expect(await folder.json(["inbox", "purge", "--yes", ...at])).toEqual([{ matched: 4, purged: 4 }]);
      expect(await folder.json(["inbox", "purge", ...at])).toEqual([{ matched: 0, purged: 0 }]);
      await db.close();
    });

    it("says that tables are missing, and that they are newer than it knows", async () => {
      using folder = new Folder();
      if (engine.driver !== undefined) folder.install(engine.driver);
      const db = await engine.open(folder);
      const at = ["--database", db.url];

      const missing = await folder.run(["outbox", "stats", ...at]);
      expect(missing).toMatchObject({ code: 1, stdout: "" });
      expect(missing.stderr).toMatch(
        /^error: Sluice's tables were not found: .*sluice migrate\. \(SLUICE_MIGRATION\)$/m,
      );

      await folder.json(["migrate", ...at]);
      await db.exec("insert into sluice_migration (version, name, applied_ms) values (99, 'later', 0)");
      for (const args of [
        ["outbox", "stats"],
        ["inbox", "list"],
        ["outbox", "purge", "--yes"],
        ["migrate"],
      ]) {
        const newer = await folder.run([...args, ...at]);
        expect(newer).toMatchObject({ code: 1, stdout: "" });
        expect(newer.stderr).toMatch(/version 99, .*Update the library\. \(SLUICE_MIGRATION\)$/m);
      }
      await db.close();
    });

    it("prints the SQL of its tables, which makes them, and opens nothing for that", async () => {
      using folder = new Folder();
      const db = await engine.open(folder);
      const scheme = `${db.url.split(":")[0]}:`;
      const { code, stdout, stderr } = await folder.run(["migrate", "--print", `--database=${scheme}`]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      for (const statement of stdout.split(/;\n/)) if (statement.trim() !== "") await db.exec(statement);
      if (engine.driver !== undefined) folder.install(engine.driver);
      expect(await folder.json(["migrate", "--database", db.url])).toEqual([{ applied: [] }]);
      await db.close();
    });
  });
}

describe("a database whose driver is not installed", () => {
  it.each([
    ["postgres://u:secret@127.0.0.1/shop", "npm install pg"],
    ["postgresql://u:secret@127.0.0.1/shop", "npm install pg"],
    ["mysql://u:secret@127.0.0.1/shop", "npm install mysql2"],
  ])("%s says what to install", async (url, install) => {
    using folder = new Folder();
    const { code, stdout, stderr } = await folder.run(["outbox", "stats", "--database", url]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(linesOf(stderr)).toEqual([expect.stringContaining(install)]);
    expect(stderr).not.toContain("secret");
  });
});

describe("a database that cannot be reached", () => {
  it.each([["migrate"], ["outbox stats"]])(
    "is a failure of sluice %s, told in a line without the password",
    async (command) => {
      using folder = new Folder();
      folder.install("pg");
      const url = "postgres://u:secret@127.0.0.1:1/shop";
      const { code, stdout, stderr } = await folder.run([...command.split(" "), "--database", url]);
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: "",
        stderr: "error: connect ECONNREFUSED 127.0.0.1:1\n",
      });
    },
  );
});
