import { type MigrationScriptOptions, migrationScript } from "../sql/migration-script.js";
import { type Migration, migrationSteps } from "../sql/migrations.js";
import { sqliteDialect } from "./sqlite-dialect.js";
import { connectionOf, type SqliteDatabase } from "./sqlite-drivers.js";
import { sqliteMigrations } from "./sqlite-migrations.js";

/**
 * Brings Sluice's tables in a SQLite database to the newest version, and gives the steps that it took; none where they are
 * there. It is synchronous, as the drivers are. Safe when several processes do it at the same moment; give the database a
 * busy timeout, so that they wait for each other.
 *
 * @throws {MigrationError} the tables are of a newer version than this one knows.
 */
export function migrateSqlite(database: SqliteDatabase): readonly Migration[] {
  const connection = connectionOf(database);
  const run = (sql: string) => connection.exec({ sql, params: [] });
  // A transaction that writes keeps all others out, and takes tables back that were made halfway.
  run("begin immediate");
  try {
    const steps = migrationSteps(sqliteMigrations, sqliteDialect.now);
    let step = steps.next();
    while (!step.done) step = steps.next(connection.exec(step.value));
    run("commit");
    return step.value;
  } catch (error) {
    run("rollback");
    throw error;
  }
}

/**
 * The same as plain SQL, to be pasted into a migration of one's own.
 *
 * @throws {InvalidOptionError} there is no such version.
 */
export function sqliteMigrationScript(options?: MigrationScriptOptions): string {
  return migrationScript(sqliteMigrations, sqliteDialect.now, options);
}
