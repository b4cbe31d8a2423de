import type { Fault, FaultContext, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

const poisonEvery = 100;
const healthyTopics = ["a", "b", "c"];
const rounds = 3;

/** Target 5, its other half: how quickly healthy messages leave beside poison and a topic that is down. */
export const besidePoison: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    // A small run is over before the waits between four tries are, so it can only show that nothing stands still.
    const [messages, least] = context.full ? [90_000, 0.9] : [9_000, 0.4];
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const alone = await healthyRate(context, messages, false);
      ratios.push((await healthyRate(context, messages, true)) / alone);
    }
    const ratio = ratios.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] as number;
    return {
      ok: ratio >= least,
      work: `${messages} messages on three topics, one relay`,
      faults: "every 100th message of a key is poison, a fourth topic is down",
      healthyRateBesidePoison: Number(ratio.toFixed(2)),
      ofRounds: ratios.map((each) => Number(each.toFixed(2))),
    };
  },
};

/** Healthy messages a second, from the first one that arrives to the last. */
async function healthyRate(context: FaultContext, messages: number, isPoisoned: boolean): Promise<number> {
  await using rig = await Rig.open(context);
  const topics = isPoisoned ? [...healthyTopics, "down"] : healthyTopics;
  const all = (messages * topics.length) / healthyTopics.length;
  // As many keys for each topic, so that each has some 150 messages.
  const keys = all / 150;
  await rig.writer({ name: "w", messages: all, keys, perTransaction: 500, topics }).ended();
  const order = { poisonEvery, isPoisonSpread: true, down: "down", maxAttempts: 4, retryMs: 20 };
  const relay = await rig.relay({ delayMs: 5, ...(isPoisoned && order) });
  // Not a count: it would go over all rows, and over more of them beside poison, on the relay's own processor.
  const left = "select id from sluice_outbox where state = 0 and topic <> 'down' limit 1";
  const isLeft = async () => (await rig.query(left))[0]?.length !== 0;
  while (await isLeft()) await pause(50);
  await relay.end();
  const arrivals = rig
    .lines()
    .map((line) => line.split("\t"))
    .filter(([what, , topic, key]) => what === "arrived" && topic !== "down" && key?.startsWith("w-"))
    .map((fields) => Number(fields.at(-1)));
  const tookMs = Math.max(...arrivals) - Math.min(...arrivals);
  return (arrivals.length * 1_000) / tookMs;
}
