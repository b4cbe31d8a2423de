import { BrokerRig } from "../../brokers/broker-rig.js";
import type { BrokerFault, Finding } from "../../fault.js";
import { pause } from "../../rig.js";

/** A member joins or leaves each second: the group is never at rest. */
export const rebalanceStorm: BrokerFault = {
  async run(context): Promise<Finding> {
    const { full } = context;
    const seconds = full ? 120 : 15;
    await using bed = await BrokerRig.open(context);
    const steady = [await bed.receiver({ handlerMs: 5 }), await bed.receiver({ handlerMs: 5 })];
    const sender = await bed.sender();
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n++)
        await bed.rig
          .writer({ name: `w${n}`, messages: 200, keys: 16, perTransaction: 5, holdMs: 10 })
          .ended();
    })();
    let changes = 0;
    for (const end = Date.now() + seconds * 1_000; Date.now() < end; changes += 2) {
      const guest = await bed.receiver({ handlerMs: 5 });
      await pause(1_000);
      await guest.end();
      await pause(1_000);
    }
    isOver = true;
    await writing;
    const isSettled = await bed.settled(() => bed.facts());
    await Promise.all([...steady, sender].map((child) => child.end()));
    const counts = await bed.count();
    const isOrdered = !context.broker.keepsOrderInGroup || counts.inversions === 0;
    return {
      ok: isSettled && counts.effects === counts.facts && counts.repeatedEffects === 0 && isOrdered,
      work: `${counts.facts} messages over 16 keys for each writer`,
      faults: `${changes} members that came or went, one each second`,
      isSettled,
      ...counts,
    };
  },
};
