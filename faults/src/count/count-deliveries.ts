import { readFileSync } from "node:fs";
import { rowsOf } from "./rows-of.js";

export interface Deliveries {
  /** Facts that committed. */
  readonly facts: number;
  /** Facts whose event never arrived, and is no dead letter. */
  readonly lost: number;
  /** Events that arrived without a fact. */
  readonly ghosts: number;
  /** Arrivals beyond the first of each event. */
  readonly duplicates: number;
  /** First arrivals behind one of the same key that was written later. */
  readonly inversions: number;
  readonly dead: number;
  /** How often each event failed, by how many events. */
  readonly failures: Readonly<Record<number, number>>;
}

/** Counts what the database says happened, and what the log says arrived. */
export async function countDeliveries(url: string, log: string): Promise<Deliveries> {
  const [facts = [], dead = []] = await rowsOf(url, [
    "select id from fact",
    "select message_id from sluice_outbox where state = 2",
  ]);
  const arrived = new Map<string, number>();
  const failed = new Map<string, number>();
  const newest = new Map<string, number>();
  let inversions = 0;
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const [what, id = "", , key = "", seq] = line.split("\t");
    if (what !== "arrived" && what !== "failed") continue;
    const counts = what === "arrived" ? arrived : failed;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    if (what !== "arrived" || counts.get(id) !== 1) continue;
    if (Number(seq) < (newest.get(key) ?? 0)) inversions++;
    else newest.set(key, Number(seq));
  }
  const ids = new Set(facts.map(({ id }) => String(id)));
  const isDead = new Set(dead.map(({ message_id }) => String(message_id)));
  const failures: Record<number, number> = {};
  for (const times of failed.values()) failures[times] = (failures[times] ?? 0) + 1;
  return {
    facts: ids.size,
    lost: [...ids].filter((id) => !arrived.has(id) && !isDead.has(id)).length,
    ghosts: [...arrived.keys()].filter((id) => !ids.has(id)).length,
    duplicates: [...arrived.values()].reduce((sum, times) => sum + times - 1, 0),
    inversions,
    dead: isDead.size,
    failures,
  };
}

// By itself: node count-deliveries.js <url> <log>
if (process.argv[1]?.endsWith("count-deliveries.js")) {
  const [, , url = "", log = ""] = process.argv;
  console.log(JSON.stringify(await countDeliveries(url, log)));
}
