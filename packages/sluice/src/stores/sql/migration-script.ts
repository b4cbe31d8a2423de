import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { createMigrationTable, type Migration, migrationTable } from "./migrations.js";

export interface MigrationScriptOptions {
  /**
   * The version that the tables are of: only what comes after it is given. A whole number from 0, where there are no
   * tables, to the newest version.
   * @default 0
   */
  readonly from?: number | undefined;
}

/**
 * The statements of all steps as one text, to be pasted into a tool of one's own.
 *
 * @throws {InvalidOptionError} there is no such version.
 */
export function migrationScript(
  migrations: readonly Migration[],
  now: string,
  { from = 0 }: MigrationScriptOptions = {},
): string {
  const newest = migrations.length;
  if (!(Number.isSafeInteger(from) && from >= 0 && from <= newest))
    throw new InvalidOptionError(
      "The version to migrate from",
      from,
      `a whole number from 0, where there are no tables, to ${newest}, the newest`,
    );
  if (from === newest) return `-- Version ${newest} is the newest; there is nothing to run.`;
  const parts = migrations
    .slice(from)
    .flatMap(({ version, name, statements }) => [
      `-- ${version}: ${name}`,
      ...statements,
      `insert into ${migrationTable} (version, name, applied_ms) values (${version}, '${name}', ${now})`,
    ]);
  return [...(from === 0 ? [createMigrationTable] : []), ...parts]
    .map((part) => (part.startsWith("--") ? part : `${part};`))
    .join("\n\n");
}
