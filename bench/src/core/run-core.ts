import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Rounds } from "../alternate.js";
import { median, quartiles } from "../median.js";
import type { Row, Work } from "../work.js";
import { coreWorks } from "./works.js";

export interface CoreOptions {
  /** Which works; all when empty. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly windowMs: number;
  readonly processes: number;
  /** Further flags for the measuring processes, as `--cpu-prof`. */
  readonly execArgv: readonly string[];
}

type Measured = Pick<Work, "name" | "steps" | "comparisons"> & { readonly took: Rounds };

export async function* runCore(options: CoreOptions): AsyncGenerator<Row> {
  const names = options.only.length > 0 ? options.only : Object.keys(coreWorks);
  for (const name of names) {
    const measured: Measured[] = [];
    for (let i = 0; i < options.processes; i++) measured.push(await measureInProcess(name, options));
    yield* rowsOf(measured);
  }
}

/** The second one spares a full collection in the middle of a measurement; alternate.ts says why. */
const v8Flags = ["--expose-gc", "--initial-heap-size=2048"];

async function measureInProcess(name: string, { rounds, windowMs, execArgv }: CoreOptions): Promise<Measured> {
  const child = fork(
    fileURLToPath(new URL("run-work.js", import.meta.url)),
    [name, String(rounds), String(windowMs)],
    { execArgv: [...v8Flags, ...execArgv] },
  );
  const [message] = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (typeof message === "object" && message !== null) return message as Measured;
  throw new Error(`Measuring "${name}" ended with exit code ${message}.`);
}

function* rowsOf(measured: readonly Measured[]): Generator<Row> {
  const [{ name, steps, comparisons }] = measured as [Measured];
  for (const { side, against, goal } of comparisons) {
    const all = (key: string) => measured.flatMap(({ took }) => took[key] ?? []);
    const took = all(side);
    const other = all(against);
    const ratios = took.map((value, i) => value / (other[i] as number));
    yield {
      work: name,
      measured: side,
      took: nanoseconds(median(took) / steps),
      against,
      otherTook: nanoseconds(median(other) / steps),
      value: median(ratios),
      spread: quartiles(ratios),
      unit: "×",
      ...(goal !== undefined && { goal: { bound: "at most", value: goal } }),
    };
  }
}

function nanoseconds(value: number): string {
  return value < 10_000 ? `${value.toFixed(0)} ns` : `${(value / 1000).toFixed(1)} µs`;
}
