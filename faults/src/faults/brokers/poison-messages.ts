import { BrokerRig } from "../../brokers/broker-rig.js";
import type { BrokerFault, Finding } from "../../fault.js";
import { pause } from "../../rig.js";

const poisonEvery = 25;
const maxAttempts = 4;

/** Target 5 at consumers: poison in every partition; each is a dead letter after exactly its tries, others go on. */
export const poisonMessages: BrokerFault = {
  async run(context): Promise<Finding> {
    const messages = context.full ? 20_000 : 2_000;
    const results = [];
    for (const members of [1, 6]) results.push(await runWith(context, members, messages));
    return {
      ok: results.every(({ ok }) => ok),
      work: `${messages} messages over 16 keys, with one consumer and with six`,
      faults: `every ${poisonEvery}th message of a key is poison, tried ${maxAttempts} times`,
      results,
    };
  },
};

async function runWith(context: Parameters<BrokerFault["run"]>[0], members: number, messages: number) {
  await using bed = await BrokerRig.open(context);
  const receivers = await Promise.all(Array.from({ length: members }, () => bed.receiver({ poisonEvery })));
  const sender = await bed.sender();
  await bed.rig.writer({ name: "w0", messages, keys: 16, perTransaction: 10 }).ended();
  const [poison = []] = await bed.rig.query(
    `select count(*) as n from fact where mod(seq, ${poisonEvery}) = 0`,
  );
  const expectedDead = Number(poison[0]?.n);
  const isSettled = await bed.settled(async () => (await bed.facts()) - expectedDead);
  const dead = await deadLetters(bed, expectedDead);
  await Promise.all([...receivers, sender].map((child) => child.end()));
  const { failures } = await bed.rig.count();
  const { lost, ...counts } = await bed.count();
  const triedOtherwise = Object.entries(failures)
    .filter(([times]) => Number(times) !== maxAttempts)
    .reduce((sum, [, howMany]) => sum + howMany, 0);
  return {
    ok:
      isSettled &&
      dead === expectedDead &&
      triedOtherwise === 0 &&
      lost === expectedDead &&
      counts.effects === counts.facts - expectedDead &&
      counts.repeatedEffects === 0,
    members,
    expectedDead,
    dead,
    triedAnotherNumberOfTimes: triedOtherwise,
    ...counts,
  };
}

/** How many different messages are dead letters, when those that are expected had time to get there. */
async function deadLetters(bed: BrokerRig, expected: number): Promise<number> {
  const broker = bed.context.broker.open(bed.brokerUrl);
  const queue = await broker.deadLetterQueue?.("takers.dead-letters");
  let ids = new Set<string>();
  for (const start = Date.now(); ids.size < expected && Date.now() - start < 60_000; await pause(500))
    ids = new Set((await queue?.list({ limit: 10_000 }))?.map(({ message }) => message.id));
  await broker.close();
  return ids.size;
}
