import { median, quartiles, ratiosOf } from "../median.js";
import type { Row } from "../work.js";
import { measureBesideStalled } from "./beside-stalled.js";
import { frameworkSides } from "./framework-sides.js";
import { measureDelay, measureFinally, measureOpenStreams, measurePing } from "./moments.js";
import { peerSides } from "./peer-sides.js";
import { SideProcess } from "./side-process.js";
import { sides } from "./sides.js";
import { itemsPerSecond } from "./throughput.js";

const rounds = 7;
const items = 500_000;

const byHand = "pump by hand";
const node = "sluice/http/node";
const web = "sluice/http, web streams";

/** The others are too slow for as many. */
const itemsFor = (side: string) => (side in peerSides ? items / 20 : items);

interface Comparison {
  readonly side: string;
  readonly against: string;
  readonly goal?: number;
}

const comparisons: readonly Comparison[] = [
  { side: node, against: byHand, goal: 0.85 },
  { side: web, against: byHand, goal: 0.7 },
  { side: node, against: "pump by hand, raw generator" },
  { side: node, against: "res.write an item", goal: 2.4 },
  ...Object.keys(frameworkSides).map((side) => ({ side, against: byHand, goal: 0.85 })),
  ...Object.keys(peerSides).map((against) => ({ side: node, against, goal: 3 })),
];

export async function* runHttp(): AsyncGenerator<Row> {
  for (const connections of [1, 50]) yield* measureThroughput(connections);
  const handMade = await SideProcess.start(byHand);
  yield* measureDelay(byHand, handMade, false);
  yield await measurePing(byHand, handMade, false); // ends it
  for (const side of [node, web]) {
    const served = await SideProcess.start(side);
    try {
      yield* measureDelay(side, served);
      yield await measurePing(side, await SideProcess.start(side));
      yield* measureFinally(side, served);
      yield* measureOpenStreams(side, served);
      yield* measureBesideStalled(side, served);
    } finally {
      served.stop();
    }
  }
}

async function* measureThroughput(connections: number): AsyncGenerator<Row> {
  const names = Object.keys(sides);
  const served = new Map<string, SideProcess>();
  for (const name of names) served.set(name, await SideProcess.start(name));
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      const rate = await itemsPerSecond(served.get(name) as SideProcess, itemsFor(name), connections);
      if (round >= 0) rates.get(name)?.push(rate);
    }
  }
  for (const each of served.values()) each.stop();
  for (const { side, against, ...goal } of comparisons) {
    const [rate, other] = [rates.get(side) ?? [], rates.get(against) ?? []];
    const ratios = ratiosOf(rate, other);
    yield {
      work: `server-sent events, ${connections} ${connections === 1 ? "connection" : "connections"}`,
      measured: side,
      took: perSecond(median(rate)),
      against,
      otherTook: perSecond(median(other)),
      value: median(ratios),
      spread: quartiles(ratios),
      unit: "×",
      ...("goal" in goal && { goal: { bound: "at least", value: goal.goal } }),
    };
  }
}

function perSecond(rate: number): string {
  return `${Math.round(rate / 1_000).toLocaleString("en")}k items/s`;
}
