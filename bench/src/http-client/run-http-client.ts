import { fork } from "node:child_process";
import { once } from "node:events";
import { alternate } from "../alternate.js";
import { median, quartiles, ratiosOf } from "../median.js";
import { nanoseconds } from "../table.js";
import type { Row, Work } from "../work.js";
import { readingFromMediator, readingReady } from "./reading.js";

/** The client's reader, over a socket from another process; a ratio is one of items a second. */
export async function* runHttpClient(rounds: number): AsyncGenerator<Row> {
  const far = fork(new URL("far.js", import.meta.url));
  try {
    const [{ port }] = await once(far, "message");
    const origin = `http://127.0.0.1:${port}/`;
    for (const work of [readingFromMediator(origin), readingReady(origin)]) yield* measure(work, rounds);
  } finally {
    far.kill();
  }
}

async function* measure(work: Work, rounds: number): AsyncGenerator<Row> {
  const took = await alternate(work, { rounds, windowMs: 100 });
  const fastest = (side: string) => took[side]?.map(({ fastest }) => fastest) ?? [];
  for (const { side, against, goal } of work.comparisons) {
    const ratios = ratiosOf(fastest(against), fastest(side));
    yield {
      work: work.name,
      measured: side,
      took: nanoseconds(median(fastest(side)) / work.steps),
      against,
      otherTook: nanoseconds(median(fastest(against)) / work.steps),
      value: median(ratios),
      spread: quartiles(ratios),
      unit: "×",
      ...(goal !== undefined && { goal: { bound: "at least", value: goal } }),
    };
  }
}
