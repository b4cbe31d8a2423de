import { median, quartiles } from "../../median.js";
import type { Row } from "../../work.js";
import { MoverProcess } from "../mover-process.js";
import { OnPostgres } from "../on-postgres.js";
import type { WorkOptions } from "../work-options.js";

const windows = 3;
const windowMs = 20_000;

/** What a relay costs that has nothing to do, beside a loop that looks by hand; both idle at the same time. */
export async function* idle({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  await using ofRelay = await OnPostgres.open(await createDatabase());
  await using ofHand = await OnPostgres.open(await createDatabase());
  await using relay = await MoverProcess.start({ way: "by a relay", url: ofRelay.url, listens: false });
  await using hand = await MoverProcess.start({ way: "by hand", url: ofHand.url, listens: false });
  await pause(3_000);
  const used: { relay: Use[]; hand: Use[] } = { relay: [], hand: [] };
  for (let n = 0; n < windows; n++) {
    const [ofOne, ofOther] = await Promise.all([useOf(relay), useOf(hand)]);
    used.relay.push(ofOne);
    used.hand.push(ofOther);
  }
  yield rowOf("queries", used, ({ queries }) => queries, "/s", 5);
  yield rowOf("processor time, of one core", used, ({ cpuPercent }) => cpuPercent, "%", 1);
}

interface Use {
  /** A second. */
  readonly queries: number;
  readonly cpuPercent: number;
}

async function useOf(mover: MoverProcess): Promise<Use> {
  const before = await mover.usage();
  await pause(windowMs);
  const after = await mover.usage();
  const ms = after.atMs - before.atMs;
  return {
    queries: ((after.queries - before.queries) * 1_000) / ms,
    cpuPercent: ((after.cpuMs - before.cpuMs) * 100) / ms,
  };
}

function rowOf(
  measured: string,
  used: { relay: Use[]; hand: Use[] },
  of: (use: Use) => number,
  unit: "/s" | "%",
  most: number,
): Row {
  const ours = used.relay.map(of);
  return {
    work: "outbox, an idle relay",
    measured,
    took: `${windows} × ${windowMs / 1_000} s`,
    against: "a look each 500 ms by hand",
    otherTook: `${median(used.hand.map(of)).toFixed(1)} ${unit}`,
    value: median(ours),
    spread: quartiles(ours),
    unit,
    goal: { bound: "at most", value: most },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
