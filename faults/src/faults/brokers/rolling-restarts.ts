import { BrokerRig } from "../../brokers/broker-rig.js";
import type { BrokerFault, Finding } from "../../fault.js";

/** Target 9: all consumers are replaced, one after another, again and again, under load; each is asked to end. */
export const rollingRestarts: BrokerFault = {
  async run(context): Promise<Finding> {
    const restarts = context.full ? 50 : 9;
    await using bed = await BrokerRig.open(context);
    const members = await Promise.all([1, 2, 3].map(() => bed.receiver({ handlerMs: 20 })));
    const sender = await bed.sender();
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n++)
        await bed.rig.writer({ name: `w${n}`, messages: 200, perTransaction: 5, holdMs: 10 }).ended();
    })();
    for (let n = 0; n < restarts; n++) {
      const place = n % members.length;
      await members[place]?.end();
      members[place] = await bed.receiver({ handlerMs: 20 });
    }
    isOver = true;
    await writing;
    const isSettled = await bed.settled(() => bed.facts());
    await Promise.all([...members, sender].map((child) => child.end()));
    const counts = await bed.count();
    return {
      ok:
        isSettled &&
        counts.effects === counts.facts &&
        counts.repeatedEffects === 0 &&
        counts.handledAgain === 0,
      work: `${counts.facts} messages`,
      faults: `${restarts} consumers replaced, one after another`,
      isSettled,
      ...counts,
    };
  },
};
