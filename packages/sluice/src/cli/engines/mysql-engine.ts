import { MessageRegistry } from "../../messages/message-registry.js";
import { migrateMysql, mysqlMigrationScript } from "../../stores/mysql/migrate-mysql.js";
import type { MysqlPool } from "../../stores/mysql/mysql-drivers.js";
import { MysqlInbox } from "../../stores/mysql/mysql-inbox.js";
import { MysqlOutbox } from "../../stores/mysql/mysql-outbox.js";
import type { Engine } from "./engine.js";
import { loadDriver } from "./load-driver.js";

interface Driver {
  createPool(options: object): MysqlPool & { end(): Promise<unknown> };
}

export const mysqlEngine: Engine = {
  migrationScript: mysqlMigrationScript,

  async open(url) {
    const { default: driver } = await loadDriver<{ default: Driver }>(["mysql2/promise"], "MySQL");
    const pool = driver.createPool({ uri: url, connectionLimit: 2 });
    const registry = new MessageRegistry();
    return {
      outbox: new MysqlOutbox(pool, { registry }).queue,
      inbox: new MysqlInbox(pool, { registry }).queue,
      migrate: () => migrateMysql(pool),
      close: () => pool.end(),
    };
  },
};
