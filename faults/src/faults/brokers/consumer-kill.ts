import { BrokerRig } from "../../brokers/broker-rig.js";
import type { BrokerFault, Finding } from "../../fault.js";
import { pause } from "../../rig.js";

/** Targets 4 and 1 end to end: consumers and relays are killed under load; each message has exactly one effect. */
export const consumerKill: BrokerFault = {
  async run(context): Promise<Finding> {
    const { full, random } = context;
    const messages = full ? 50_000 : 3_000;
    const kills = full ? 100 : 10;
    await using bed = await BrokerRig.open(context);
    const members = await Promise.all([bed.receiver(), bed.receiver(), bed.receiver()]);
    const senders = [await bed.sender(), await bed.sender()];
    const writer = bed.rig.writer({ name: "w0", messages, keys: 64, perTransaction: 10 });
    for (let n = 0; n < kills; n++) {
      await pause(random.between(100, full ? 1_500 : 700));
      const [kind, place] = random.pick([
        ["member", 0],
        ["member", 1],
        ["member", 2],
        ["sender", 0],
        ["sender", 1],
      ] as const);
      if (kind === "sender") {
        await senders[place]?.kill();
        senders[place] = await bed.sender();
      } else {
        await members[place]?.kill();
        members[place] = await bed.receiver();
      }
    }
    await writer.ended();
    const isSettled = await bed.settled(() => bed.facts());
    await Promise.all([...members, ...senders].map((child) => child.end()));
    const counts = await bed.count();
    const isOrdered = !context.broker.keepsOrderInGroup || counts.inversions === 0;
    return {
      ok:
        isSettled &&
        counts.effects === counts.facts &&
        counts.repeatedEffects === 0 &&
        counts.ghosts === 0 &&
        isOrdered,
      work: `${messages} messages, 64 keys, three consumers, two relays`,
      faults: `${kills} SIGKILLs of consumers and relays`,
      isSettled,
      ...counts,
    };
  },
};
