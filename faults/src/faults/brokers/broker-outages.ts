import { BrokerRig } from "../../brokers/broker-rig.js";
import type { BrokerFault, Finding } from "../../fault.js";
import { pause } from "../../rig.js";

/** Target 8, the half of the broker: it is killed and comes back, again and again, under load. */
export const brokerOutages: BrokerFault = {
  async run(context): Promise<Finding> {
    const { full, random } = context;
    const minutes = full ? 10 : 0.4;
    await using bed = await BrokerRig.open(context);
    const members = await Promise.all([bed.receiver(), bed.receiver()]);
    const senders = [await bed.sender(), await bed.sender()];
    let isOver = false;
    let restarts = 0;
    let slowestMs = 0;
    const restarting = (async () => {
      for (const end = Date.now() + minutes * 60_000; Date.now() < end; ) {
        await pause(random.between(5_000, 10_000));
        await bed.server.kill();
        await bed.server.restart();
        restarts++;
        slowestMs = Math.max(slowestMs, await bed.rig.backToWork(60_000));
      }
      isOver = true;
    })();
    const writing = (async () => {
      for (let n = 0; !isOver; n++)
        await bed.rig.writer({ name: `w${n}`, messages: 200, perTransaction: 5, holdMs: 20 }).ended();
    })();
    await Promise.all([restarting, writing]);
    const isSettled = await bed.settled(() => bed.facts());
    await Promise.all([...members, ...senders].map((child) => child.end()));
    const counts = await bed.count();
    return {
      ok: isSettled && counts.effects === counts.facts && counts.repeatedEffects === 0 && slowestMs <= 5_000,
      work: `${counts.facts} messages in ${minutes} min`,
      faults: `${restarts} SIGKILLs of the broker`,
      isSettled,
      slowestBackToWorkMs: slowestMs,
      ...counts,
    };
  },
};
