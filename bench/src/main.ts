import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runCore } from "./core/run-core.js";
import { isMet, tableOf } from "./table.js";
import type { Row } from "./work.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    work: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "30" },
    window: { type: "string", default: "20" },
    processes: { type: "string", default: "3" },
    profile: { type: "string" },
    json: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const rows: Row[] = [];
const options = { only: values.work, rounds: Number(values.rounds), windowMs: Number(values.window), processes: Number(values.processes), execArgv: values.profile ? ["--cpu-prof", `--cpu-prof-dir=${values.profile}`] : [] };
for await (const row of runCore(options)) rows.push(row);
if (values.out) writeFileSync(values.out, JSON.stringify(rows.map((row) => ({ ...row, met: isMet(row) })), null, 2));
console.log(tableOf(rows));
