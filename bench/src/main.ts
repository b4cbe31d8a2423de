import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { endWithServers } from "./end-with-servers.js";
import { readOptions } from "./options.js";
import { parts } from "./parts.js";
import { isMet, tableOf } from "./table.js";
import type { Row, Skipped } from "./work.js";

const options = readOptions(process.argv.slice(2));
endWithServers();
const rows: Row[] = [];
const skipped: Skipped[] = [];
for (const { part, works } of options.chosen) {
  console.error(`measuring ${part} …`);
  try {
    for await (const row of parts[part]?.run(works, options) ?? []) {
      if ("skipped" in row) skipped.push(row);
      else rows.push(row);
    }
  } catch (error) {
    // What was measured before is worth showing.
    skipped.push({ skipped: `the rest of ${part}`, reason: String(error), error });
  }
}
const json = JSON.stringify(
  {
    date: new Date().toISOString(),
    node: process.version,
    processor: `${availableParallelism()} × ${cpus()[0]?.model}`,
    rows: rows.map((row) => ({ ...row, met: isMet(row) })),
    skipped: skipped.map(({ skipped: what, reason }) => ({ skipped: what, reason })),
  },
  undefined,
  2,
);
if (options.out !== undefined) writeFileSync(options.out, json);
if (options.json) console.log(json);
else console.log(tableOf(rows));
for (const { skipped: what, reason, error } of skipped) {
  console.error(`skipped ${what}: ${reason}`);
  if (error === undefined) continue;
  console.error(error);
  process.exitCode = 1;
}
