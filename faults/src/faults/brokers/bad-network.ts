import { BrokerRig } from "../../brokers/broker-rig.js";
import type { BrokerFault, Finding } from "../../fault.js";
import { pause } from "../../rig.js";

const latencyMs = 100;

/** Target 8: each way takes a tenth of a second, and connections die without a word to either end. */
export const badNetwork: BrokerFault = {
  async run(context): Promise<Finding> {
    const { full } = context;
    const rounds = full ? 10 : 1;
    await using bed = await BrokerRig.open(context);
    const members = [await bed.receiver(), await bed.receiver()];
    const senders = [await bed.sender()];
    bed.proxy.delay(latencyMs);
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n++)
        await bed.rig.writer({ name: `w${n}`, messages: 100, perTransaction: 5, holdMs: 50 }).ended();
    })();
    let slowestMs = 0;
    for (let n = 0; n < rounds; n++) {
      await pause(5_000);
      bed.proxy.killSilently();
      slowestMs = Math.max(slowestMs, await bed.rig.backToWork(120_000));
    }
    isOver = true;
    await writing;
    const isSettled = await bed.settled(() => bed.facts(), 120_000);
    await Promise.all([...members, ...senders].map((child) => child.end()));
    const counts = await bed.count();
    return {
      ok: isSettled && slowestMs <= 5_000 && counts.effects === counts.facts && counts.repeatedEffects === 0,
      work: `${counts.facts} messages`,
      faults: `${2 * latencyMs} ms there and back; all connections dead without a word, ${rounds} times`,
      isSettled,
      slowestBackToWorkMs: slowestMs,
      ...counts,
    };
  },
};
