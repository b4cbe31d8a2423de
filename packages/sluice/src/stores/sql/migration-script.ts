import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { createMigrationTable, type Migration, statementsOf } from "./migrations.js";

export interface MigrationScriptOptions {
  /**
   * The version that the tables are of: only what comes after it is given, nothing after the newest. A whole number from 0,
   * where there are no tables, to the newest version.
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
    throw new InvalidOptionError("The version to migrate from", from, `0 to ${newest}`);
  const steps = migrations
    .slice(from)
    .map((step) => `-- ${step.version}: ${step.name}\n${statementsOf(step, now).join(";\n\n")};`);
  if (from === 0) steps.unshift(`${createMigrationTable};`);
  return steps.join("\n\n");
}
