import { askProcess } from "../ask-process.js";
import { v8Flags } from "../core/run-core.js";
import { median, quartiles, ratiosOf } from "../median.js";
import { nanoseconds } from "../table.js";
import type { Row, Skipped } from "../work.js";
import { installPythonCqrs, type PythonCqrs } from "./environment.js";

const goals = [
  { name: "send", work: "send", times: 15 },
  { name: "stream", work: "a streamed item", times: 6 },
  { name: "stream-events", work: "a streamed item, four events, limit 10", times: 50 },
];

/** How many times as long python-cqrs takes; both sides are whole processes that take turns. */
export async function* runPython(rounds: number): AsyncGenerator<Row | Skipped> {
  let environment: PythonCqrs;
  try {
    environment = await installPythonCqrs();
  } catch (error) {
    yield { skipped: "python-cqrs 5.3.0", reason: (error as Error).message };
    return;
  }
  await using python = environment;
  const theirs: Record<string, number>[] = [];
  const ours: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    theirs.push(await python.run("measure.py"));
    ours.push(await askProcess(new URL("sluice-side.js", import.meta.url), [], v8Flags));
  }
  for (const { name, work, times } of goals) {
    const took = theirs.map((round) => round[name] as number);
    const other = ours.map((round) => round[name] as number);
    const ratios = ratiosOf(took, other);
    yield {
      work,
      measured: "python-cqrs 5.3.0",
      took: nanoseconds(median(took)),
      against: "sluice",
      otherTook: nanoseconds(median(other)),
      value: median(ratios),
      spread: quartiles(ratios),
      unit: "×",
      goal: { bound: "at least", value: times },
    };
  }
}
