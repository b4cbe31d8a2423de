import { measure } from "mitata";
import { orderOf } from "./turns.js";
import type { Side, Work } from "./work.js";

/** What one run of a side took in one round, in nanoseconds. */
export interface Took {
  /** The fastest run: whatever else the machine does can only add to it. */
  readonly fastest: number;
  /** Over all runs, garbage collection included, and the machine's other work. */
  readonly mean: number;
}

/** What each side took in each round. */
export type Rounds = Readonly<Record<string, readonly Took[]>>;

export interface AlternateOptions {
  readonly rounds: number;
  readonly windowMs: number;
}

/**
 * Measures the sides of a work in turn, round after round, so that noise on the machine hits all of them alike; whoever
 * compares takes the ratio within each round. mitata measures each window, and keeps and awaits what a side gives.
 */
export async function alternate(work: Work, { rounds, windowMs }: AlternateOptions): Promise<Rounds> {
  await checkSameAnswer(work);
  const sides = Object.entries(work.sides);
  for (const [, side] of sides) await measureOnce(side, 4 * windowMs);
  const took: Record<string, Took[]> = Object.fromEntries(sides.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, side] of orderOf(sides, round)) took[name]?.push(await measureOnce(side, windowMs));
  }
  return took;
}

export async function measureOnce(side: Side, windowMs: number): Promise<Took> {
  const { min, avg } = await measure(side, {
    gc: collectYoung,
    min_cpu_time: windowMs * 1e6,
    min_samples: 3,
    warmup_samples: 1,
    // A run is long enough to be timed by itself, and none is left out.
    batch_threshold: -1,
    samples_threshold: Number.POSITIVE_INFINITY,
  });
  return { fastest: min, mean: avg };
}

/**
 * Clears away what the side before has left. A full collection would hit each side by another measure: it comes when
 * no message and no dispatch is alive, and V8 then forgets the shapes of their classes and the code made for them,
 * which never happens to an application at work.
 */
function collectYoung(): void {
  globalThis.gc?.({ type: "minor" });
}

async function checkSameAnswer({ name, sides }: Work): Promise<void> {
  const answers: number[] = [];
  for (const side of Object.values(sides)) answers.push(await side());
  if (new Set(answers).size === 1 && Number.isFinite(answers[0])) return;
  const given = Object.keys(sides).map((side, i) => `${side}: ${answers[i]}`);
  throw new Error(`The sides of "${name}" do not do the same work: ${given.join(", ")}.`);
}
