import { type MigrationScriptOptions, migrationScript } from "../sql/migration-script.js";
import { type Migration, type MigrationLock, migrate } from "../sql/migrations.js";
import { postgresDialect } from "./postgres-dialect.js";
import { databaseOf, type PostgresPool } from "./postgres-drivers.js";
import { postgresMigrations } from "./postgres-migrations.js";

/** The number of an advisory lock, of which each application has its own: "sluice" in ASCII. */
const lockNumber = 0x736c75696365;

/** One transaction, so that tables are never there by half; whoever comes second waits for the first. */
const lock: MigrationLock = {
  run: (db, migrateOn) =>
    db.session(async (connection) => {
      const run = (sql: string) => connection.exec({ sql, params: [] });
      await run("begin");
      try {
        await run(`select pg_advisory_xact_lock(${lockNumber})`);
        await migrateOn(connection);
        await run("commit");
      } catch (error) {
        await run("rollback");
        throw error;
      }
    }),
};

/**
 * Brings Sluice's tables in a PostgreSQL database to the newest version, and gives the steps that it took; none where
 * they are there. Safe when several processes do it at the same moment. The tables stand in the first schema of the search path.
 *
 * @throws {MigrationError} the tables are of a newer version than this one knows.
 */
export async function migratePostgres(pool: PostgresPool): Promise<readonly Migration[]> {
  return migrate(databaseOf(pool), postgresMigrations, lock, postgresDialect.now);
}

/**
 * The same as plain SQL, to be pasted into a migration of one's own.
 *
 * @throws {InvalidOptionError} there is no such version.
 */
export function postgresMigrationScript(options?: MigrationScriptOptions): string {
  return migrationScript(postgresMigrations, postgresDialect.now, options);
}
