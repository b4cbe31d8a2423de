import { reasonOf } from "../../errors/reason.js";
import { SluiceError } from "../../errors/sluice-error.js";
import { andThen, type MaybePromise } from "../../queue/maybe-promise.js";
import type { SqlDatabase, SqlExecutor, SqlResult } from "./sql-database.js";

/** One step from one shape of the tables to the next. */
export interface Migration {
  /** From 1 up, without gaps. */
  readonly version: number;
  readonly name: string;
  /** What to run, one after another; each may be pasted into a migration of one's own. */
  readonly statements: readonly string[];
}

/** The tables are missing, or of a version that this version of the library does not know. */
export class MigrationError extends SluiceError {
  readonly code = "SLUICE_MIGRATION";

  constructor(
    problem: string,
    /** The version found; `undefined` where there is none. */
    readonly found: number | undefined,
    readonly expected: number,
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

const migrationTable = "sluice_migration";

/** How an engine keeps others out while it migrates, around what `run` does on one connection. */
export interface MigrationLock {
  run(db: SqlDatabase, migrate: (connection: SqlExecutor) => Promise<void>): Promise<void>;
}

/**
 * Brings the tables to the newest version, each step once, also where ten processes start at the same moment; gives the
 * steps that it took.
 *
 * @throws {MigrationError} the tables are of a newer version than this one knows.
 */
export async function migrate(
  db: SqlDatabase,
  migrations: readonly Migration[],
  lock: MigrationLock,
  now: string,
): Promise<readonly Migration[]> {
  let steps: readonly Migration[] = [];
  await lock.run(db, async (connection) => {
    await connection.exec({ sql: createMigrationTable, params: [] });
    const found = await newestOf(connection);
    if (found > migrations.length) throw tooNew(found, migrations.length);
    steps = migrations.slice(found);
    for (const { version, name, statements } of steps) {
      for (const sql of statements) await connection.exec({ sql, params: [] });
      await connection.exec({
        sql: `insert into ${migrationTable} (version, name, applied_ms) values (?, ?, ${now})`,
        params: [version, name],
      });
    }
  });
  return steps;
}

const createMigrationTable = `create table if not exists ${migrationTable} (
  version integer not null primary key,
  name varchar(200) not null,
  applied_ms bigint not null
)`;

/** The statements of all steps as one text, to be pasted into a tool of one's own. */
export function migrationScript(migrations: readonly Migration[], now: string): string {
  const parts = migrations.flatMap(({ version, name, statements }) => [
    `-- ${version}: ${name}`,
    ...statements,
    `insert into ${migrationTable} (version, name, applied_ms) values (${version}, '${name}', ${now})`,
  ]);
  return [createMigrationTable, ...parts]
    .map((part) => (part.startsWith("--") ? part : `${part};`))
    .join("\n\n");
}

/**
 * Checks that the tables are those of this version; at once where the driver is synchronous. A database that does not
 * answer at all fails with what its driver says.
 *
 * @throws {MigrationError} they are not.
 */
export function requireMigrated(db: SqlExecutor, expected: number): MaybePromise<void> {
  const check = ({ rows }: SqlResult): void => {
    const found = Number(rows[0]?.version ?? 0);
    if (found > expected) throw tooNew(found, expected);
    if (found < expected)
      throw new MigrationError(
        `Sluice's tables are of version ${found}, and this version of the library needs ${expected}. Run migrate(), or sluice migrate.`,
        found,
        expected,
      );
  };
  const missing = (cause: unknown): never => {
    const problem = `Sluice's tables were not found: ${reasonOf(cause)}. Run migrate(), or sluice migrate.`;
    throw new MigrationError(problem, undefined, expected, { cause });
  };
  const ask = (sql: string): MaybePromise<SqlResult> => db.exec({ sql, params: [] });
  return recover(
    () => andThen(ask(`select max(version) as version from ${migrationTable}`), check),
    (cause) => {
      if (cause instanceof MigrationError) throw cause;
      const answering = recover(
        () => ask("select 1"),
        () => {
          throw cause;
        },
      );
      return andThen(answering, () => missing(cause));
    },
  );
}

/** Does something else where the first way fails, at once or later. */
function recover<T>(
  first: () => MaybePromise<T>,
  otherwise: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const answer = first();
    return answer instanceof Promise ? answer.catch(otherwise) : answer;
  } catch (error) {
    return otherwise(error);
  }
}

async function newestOf(connection: SqlExecutor): Promise<number> {
  const { rows } = await connection.exec({
    sql: `select max(version) as version from ${migrationTable}`,
    params: [],
  });
  return Number(rows[0]?.version ?? 0);
}

function tooNew(found: number, expected: number): MigrationError {
  return new MigrationError(
    `Sluice's tables are of version ${found}, and this version of the library knows ${expected}. Update the library.`,
    found,
    expected,
  );
}
