import { type Migration, type MigrationLock, migrate, migrationScript } from "../sql/migrations.js";
import { sqliteDialect } from "./sqlite-dialect.js";
import { connectionOf, type SqliteDatabase } from "./sqlite-drivers.js";
import { sqliteMigrations } from "./sqlite-migrations.js";

/** A transaction that writes keeps all others out, and takes tables back that were made halfway. */
const lock: MigrationLock = {
  async run(db, migrateOn) {
    await db.exec({ sql: "begin immediate", params: [] });
    try {
      await migrateOn(db);
      await db.exec({ sql: "commit", params: [] });
    } catch (error) {
      await db.exec({ sql: "rollback", params: [] });
      throw error;
    }
  },
};

/**
 * Brings Sluice's tables in a SQLite database to the newest version, and gives the steps that it took; none where they are
 * there. Safe when several processes do it at the same moment; give the database a busy timeout, so that they wait for
 * each other.
 *
 * @throws {MigrationError} the tables are of a newer version than this one knows.
 */
export async function migrateSqlite(database: SqliteDatabase): Promise<readonly Migration[]> {
  return migrate(connectionOf(database), sqliteMigrations, lock, sqliteDialect.now);
}

/** The same as plain SQL, to be pasted into a migration of one's own. */
export function sqliteMigrationScript(): string {
  return migrationScript(sqliteMigrations, sqliteDialect.now);
}
