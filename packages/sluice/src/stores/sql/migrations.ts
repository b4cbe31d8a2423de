import { reasonOf } from "../../errors/reason.js";
import { SluiceError } from "../../errors/sluice-error.js";
import { andThen, type MaybePromise } from "../../queue/maybe-promise.js";
import type { SqlDatabase, SqlExecutor, SqlResult, SqlStatement } from "./sql-database.js";

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
  let taken: readonly Migration[] = [];
  await lock.run(db, async (connection) => {
    const steps = migrationSteps(migrations, now);
    let step = steps.next();
    while (!step.done) step = steps.next(await connection.exec(step.value));
    taken = step.value;
  });
  return taken;
}

/**
 * What there is to run, one statement after another, each of which is answered before the next; in the end, the steps
 * that were taken. Whoever runs it keeps others out meanwhile.
 *
 * @throws {MigrationError} the tables are of a newer version than this one knows.
 */
export function* migrationSteps(
  migrations: readonly Migration[],
  now: string,
): Generator<SqlStatement, readonly Migration[], SqlResult> {
  yield { sql: createMigrationTable, params: [] };
  const { rows } = yield { sql: selectNewest, params: [] };
  const found = versionOf(rows);
  if (found > migrations.length) throw otherVersion(found, migrations.length);
  const steps = migrations.slice(found);
  for (const step of steps) for (const sql of statementsOf(step, now)) yield { sql, params: [] };
  return steps;
}

/** Those of a step, and the one that says that it was taken. */
export function statementsOf({ version, name, statements }: Migration, now: string): string[] {
  const values = `${version}, '${name}', ${now}`;
  return [...statements, `insert into ${migrationTable} (version, name, applied_ms) values (${values})`];
}

export const createMigrationTable = `create table if not exists ${migrationTable} (
  version integer not null primary key,
  name varchar(200) not null,
  applied_ms bigint not null
)`;

const selectNewest = `select max(version) as version from ${migrationTable}`;

/**
 * Checks that the tables are those of this version; at once where the driver is synchronous. A database that does not
 * answer at all fails with what its driver says.
 *
 * @throws {MigrationError} they are not.
 */
export function requireMigrated(db: SqlExecutor, expected: number): MaybePromise<void> {
  const check = ({ rows }: SqlResult): void => {
    const found = versionOf(rows);
    if (found !== expected) throw otherVersion(found, expected);
  };
  const missing = (cause: unknown): never => {
    const problem = `Sluice's tables were not found: ${reasonOf(cause)}. ${runMigrate}`;
    throw new MigrationError(problem, undefined, expected, { cause });
  };
  const ask = (sql: string): MaybePromise<SqlResult> => db.exec({ sql, params: [] });
  return recover(
    () => andThen(ask(selectNewest), check),
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

/** The same once for all, before what is done each time; a check that has failed is made again. */
export function whenMigrated(
  db: SqlExecutor,
  expected: number,
): <T>(next: () => MaybePromise<T>) => MaybePromise<T> {
  let isMigrated = false;
  return (next) => {
    if (isMigrated) return next();
    return andThen(requireMigrated(db, expected), () => {
      isMigrated = true;
      return next();
    });
  };
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

function versionOf([row]: SqlResult["rows"]): number {
  return Number(row?.version ?? 0);
}

const runMigrate = "Run migrate(), or sluice migrate.";

function otherVersion(found: number, expected: number): MigrationError {
  const advice = found > expected ? "Update the library." : runMigrate;
  return new MigrationError(
    `Sluice's tables are of version ${found}, and this version of the library needs ${expected}. ${advice}`,
    found,
    expected,
  );
}
