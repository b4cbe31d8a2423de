import { Argument, Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { endWithServers } from "../end-with-servers.js";
import { planMariadb } from "./on-mariadb.js";
import { planPostgres } from "./on-postgres.js";
import { planSqlite } from "./on-sqlite.js";
import { scenarios } from "./scenarios.js";
import { summariesOf } from "./summaries.js";

const databases = { postgres: planPostgres, mariadb: planMariadb, sqlite: planSqlite };
const names = Object.keys(databases) as (keyof typeof databases)[];
const columnList = /(?<=select )id, key_hash, [\w, ]+(?= from )/g;
/** The other tables have a row for each bucket, or for each relay. */
const rowTable = /\bsluice_outbox\b/;
const longList = /\{[^{}]{40,}\}/g;
/** The relays take half of the pending rows of the smallest table. */
const leastRows = 200_000;

const command = new Command("npm run plans --workspace bench --")
  .description(
    "Fills the table of the outbox, half of it with rows that are done, lets a relay and a person work on it, and prints\n" +
      "each statement that was run, how long it took, and the plan of its slowest run.",
  )
  .addArgument(new Argument("[databases...]", "on which databases (default: all)").choices(names))
  .option("--rows <n>", "how many rows", wholeNumber, 10_000_000)
  .helpOption("--help", "show this")
  .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
  .parse(process.argv.slice(2), { from: "user" });

endWithServers();
const { rows } = command.opts();
const [chosen] = command.processedArgs;
for (const name of chosen.length > 0 ? chosen : names) await show(name as keyof typeof databases);

async function show(name: keyof typeof databases): Promise<void> {
  await using db = await databases[name]();
  const start = performance.now();
  await db.fill(rows);
  const seconds = Math.round((performance.now() - start) / 1_000);
  console.log(`# ${db.name}, ${rows.toLocaleString("en")} rows, filled in ${seconds} s`);
  await db.statements();
  for (const [scenario, run] of Object.entries(scenarios)) {
    await run(db);
    console.log(`\n## ${scenario}`);
    const ofRows = (await db.statements()).filter(({ sql }) => rowTable.test(sql));
    for (const { sql, runs, medianMs, worstMs, plan } of summariesOf(ofRows)) {
      console.log(
        `\n${sql.replaceAll(columnList, "…")}\n${runs} × ${medianMs.toFixed(2)} ms, at most ${worstMs.toFixed(2)} ms`,
      );
      for (const line of withoutRepeats(plan.replaceAll(longList, "{…}"))) console.log(`    ${line}`);
    }
  }
}

function wholeNumber(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= leastRows && number % 2_000 === 0) return number;
  throw new InvalidArgumentError(`Expected a multiple of 2000, ${leastRows} or more.`);
}

/** Of lines behind each other that differ in numbers only, the first. */
function withoutRepeats(plan: string): string[] {
  const shapeOf = (line: string | undefined) => line?.replaceAll(/\d+/g, "n");
  return plan.split("\n").filter((line, i, lines) => shapeOf(line) !== shapeOf(lines[i - 1]));
}
