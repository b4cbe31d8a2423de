import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { readOptions } from "./options.js";
import { parts } from "./parts.js";
import { isMet, tableOf } from "./table.js";
import type { Row, Skipped } from "./work.js";

const options = readOptions(process.argv.slice(2));
const rows: Row[] = [];
const skipped: Skipped[] = [];
for (const name of options.parts) {
  console.error(`measuring ${name} …`);
  try {
    for await (const row of parts[name]?.(options.core) ?? []) {
      if ("skipped" in row) skipped.push(row);
      else rows.push(row);
    }
  } catch (error) {
    // What was measured before is worth showing.
    skipped.push({ skipped: `the rest of ${name}`, reason: String(error) });
    console.error(error);
    process.exitCode = 1;
  }
}
const json = JSON.stringify(
  {
    date: new Date().toISOString(),
    node: process.version,
    processor: `${availableParallelism()} × ${cpus()[0]?.model}`,
    rows: rows.map((row) => ({ ...row, met: isMet(row) })),
    skipped,
  },
  undefined,
  2,
);
if (options.out !== undefined) writeFileSync(options.out, json);
if (options.json) console.log(json);
else console.log(tableOf(rows));
for (const { skipped: what, reason } of skipped) console.error(`skipped ${what}: ${reason}`);
