import { engineOf } from "../engines/engine-of.js";
import { type ExitCode, exitCodes } from "../exit-code.js";
import { type SourceOptions, withDatabase, withDatabaseUrl } from "../open-source.js";
import type { Terminal } from "../output/terminal.js";

interface MigrateOptions extends SourceOptions {
  readonly print?: true | undefined;
  /** With `print`: the version that the tables are of. */
  readonly from?: number | undefined;
  readonly json?: true | undefined;
}

/** Brings the tables to the newest version, or prints the SQL that does. */
export async function migrate(options: MigrateOptions, terminal: Terminal): Promise<ExitCode> {
  return withDatabaseUrl(options, async (url) => {
    if (options.print) {
      const sql = (await engineOf(url)).migrationScript({ from: options.from });
      if (options.json) await terminal.printJson({ sql });
      else if (sql !== "") await terminal.print(sql);
      if (sql === "") terminal.say("That is the newest version; there is nothing to run.");
      return exitCodes.done;
    }
    const steps = await withDatabase(url, { creates: true }, async (database) => database.migrate());
    const applied = steps.map(({ version, name }) => ({ version, name }));
    if (options.json) await terminal.printJson({ applied });
    for (const { version, name } of applied)
      terminal.say(`Brought the tables to version ${version}: ${name}.`);
    if (applied.length === 0) terminal.say("The tables are of the newest version; nothing was changed.");
    return exitCodes.done;
  });
}
