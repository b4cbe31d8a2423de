import { mariadb as service } from "@sluice-internal/services";
import { createPool } from "mysql2/promise";
import { MysqlInbox, MysqlOutbox, migrateMysql } from "sluice/stores/mysql";
import { registry } from "../messages.js";
import { businessTables, type Engine, type Store } from "./engine.js";

export const mariadb: Engine = {
  name: "mariadb",
  writers: 4,

  async start({ folder, env } = {}) {
    const server = await service.start({ folder, env, settings: { "max-connections": 200 } });
    const url = await server.createDatabase();
    return {
      url,
      folder: server.folder,
      async killConnections() {
        const pool = createPool({ uri: url, connectionLimit: 1 });
        const [rows] = await pool.query(
          "select id from information_schema.processlist where id <> connection_id()",
        );
        for (const { id } of rows as { id: number }[])
          if (Math.random() < 0.5) await pool.query(`kill ${Number(id)}`).catch(() => {});
        await pool.end();
      },
      async restart() {
        await server.kill();
        await server.restart();
      },
      stop: () => server.stop(),
    };
  },

  async migrate(url) {
    const pool = createPool({ uri: url });
    await migrateMysql(pool);
    for (const sql of businessTables) await pool.query(sql);
    await pool.end();
  },

  async open(url): Promise<Store> {
    const pool = createPool({ uri: url, connectionLimit: 12, connectTimeout: 2_000 });
    return {
      outbox: new MysqlOutbox(pool, { registry, queryTimeoutMs: 1_000 }),
      inbox: new MysqlInbox(pool, { registry }),
      async transaction(work) {
        const connection = await pool.getConnection();
        try {
          await connection.beginTransaction();
          const exec = (sql: string, params: readonly unknown[]) => connection.query(sql, [...params]);
          const result = await work({ tx: connection as never, exec });
          await connection.commit();
          connection.release();
          return result;
        } catch (error) {
          const isBack = await connection.rollback().then(
            () => true,
            () => false,
          );
          if (isBack) connection.release();
          else connection.destroy();
          throw error;
        }
      },
      async exec(sql, params = []) {
        const [rows] = await pool.query(sql, [...params]);
        return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
      },
      close: () => pool.end(),
    };
  },
};
