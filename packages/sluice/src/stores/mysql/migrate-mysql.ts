import { type MigrationScriptOptions, migrationScript } from "../sql/migration-script.js";
import { type Migration, MigrationError, type MigrationLock, migrate } from "../sql/migrations.js";
import { mysqlDialect } from "./mysql-dialect.js";
import { databaseOf, type MysqlPool } from "./mysql-drivers.js";
import { mysqlMigrations } from "./mysql-migrations.js";

const patienceSeconds = 60;

/** Its name holds for the whole server, so the database's name is a part of it. */
const lockName = "concat('sluice.', left(database(), 50))";

const lock: MigrationLock = {
  run: (db, migrateOn) =>
    db.session(async (connection) => {
      const sql = `select get_lock(${lockName}, ${patienceSeconds}) as held`;
      const { rows } = await connection.exec({ sql, params: [] });
      if (Number(rows[0]?.held) !== 1) {
        const problem = `Another process has been migrating for ${patienceSeconds} s. Look what it does, then try again.`;
        throw new MigrationError(problem, undefined, mysqlMigrations.length);
      }
      try {
        await migrateOn(connection);
      } finally {
        await connection.exec({ sql: `select release_lock(${lockName})`, params: [] });
      }
    }),
};

/**
 * Brings Sluice's tables in a MySQL or MariaDB database to the newest version, and gives the steps that it took; none
 * where they are there. Safe when several processes do it at the same moment, and when one is killed in the middle: the
 * next goes on from there.
 *
 * @throws {MigrationError} the tables are of a newer version than this one knows.
 */
export async function migrateMysql(pool: MysqlPool): Promise<readonly Migration[]> {
  return migrate(databaseOf(pool), mysqlMigrations, lock, mysqlDialect.now);
}

/**
 * The same as plain SQL, to be pasted into a migration of one's own.
 *
 * @throws {InvalidOptionError} there is no such version.
 */
export function mysqlMigrationScript(options?: MigrationScriptOptions): string {
  return migrationScript(mysqlMigrations, mysqlDialect.now, options);
}
