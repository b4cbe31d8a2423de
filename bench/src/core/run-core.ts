import type { Rounds, Took } from "../alternate.js";
import { askProcess } from "../ask-process.js";
import { median, quartiles, ratiosOf } from "../median.js";
import { nanoseconds } from "../table.js";
import type { Row, Work } from "../work.js";

export interface CoreOptions {
  /** Which works, by name. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly windowMs: number;
  readonly processes: number;
  /** Further flags for the measuring processes, as `--cpu-prof`. */
  readonly execArgv: readonly string[];
}

type Measured = Pick<Work, "name" | "steps" | "comparisons"> & { readonly took: Rounds };

export async function* runCore(options: CoreOptions): AsyncGenerator<Row> {
  for (const name of options.only) {
    const measured: Measured[] = [];
    for (let i = 0; i < options.processes; i++) measured.push(await measureInProcess(name, options));
    yield* rowsOf(measured);
  }
}

/** The second one spares a full collection in the middle of a measurement; alternate.ts says why. */
export const v8Flags = ["--expose-gc", "--initial-heap-size=2048"];

async function measureInProcess(
  name: string,
  { rounds, windowMs, execArgv }: CoreOptions,
): Promise<Measured> {
  const module = new URL("run-work.js", import.meta.url);
  return askProcess(module, [name, String(rounds), String(windowMs)], [...v8Flags, ...execArgv]);
}

function* rowsOf(measured: readonly Measured[]): Generator<Row> {
  const [{ name, steps, comparisons }] = measured as [Measured];
  for (const { side, against, goal } of comparisons) {
    const all = (key: string, of: keyof Took) =>
      measured.flatMap(({ took }) => took[key]?.map((t) => t[of]) ?? []);
    const took = all(side, "fastest");
    const other = all(against, "fastest");
    const ratios = ratiosOf(took, other);
    yield {
      work: name,
      measured: side,
      took: nanoseconds(median(took) / steps),
      against,
      otherTook: nanoseconds(median(other) / steps),
      value: median(ratios),
      ofMeans: median(ratiosOf(all(side, "mean"), all(against, "mean"))),
      spread: quartiles(ratios),
      unit: "×",
      ...(goal !== undefined && { goal: { bound: "at most", value: goal } }),
    };
  }
}
