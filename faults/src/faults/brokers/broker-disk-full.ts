import { BrokerRig } from "../../brokers/broker-rig.js";
import type { BrokerFault, Finding } from "../../fault.js";
import { pause } from "../../rig.js";
import { SmallDisk } from "../../small-disk.js";

/** What a new broker and some thousand messages take, and not much more. */
const megabytes = { kafka: 150, rabbitmq: 150, nats: 60, redis: 60 } as const;

/** Target 8: the disk of the broker is full for a while, under load. Most do not go on by themselves: they are restarted. */
export const brokerDiskFull: BrokerFault = {
  async run(context): Promise<Finding> {
    const { full, broker } = context;
    const rounds = full ? 10 : 2;
    using disk = new SmallDisk(megabytes[broker.name]);
    await using bed = await BrokerRig.open(context, { folder: disk.folder });
    const members = await Promise.all([bed.receiver(), bed.receiver()]);
    const senders = [await bed.sender()];
    let slowestMs = 0;
    let held = 0;
    for (let round = 0; round < rounds; round++) {
      await bed.rig.writer({ name: `before-${round}`, messages: 200 }).ended();
      disk.fill();
      await bed.rig.writer({ name: `full-${round}`, messages: 2_000, perTransaction: 10 }).ended();
      await pause(5_000);
      held += (await bed.facts()) - (await bed.effects());
      disk.free();
      await bed.server.kill();
      await bed.server.restart();
      slowestMs = Math.max(slowestMs, await bed.rig.backToWork(60_000));
      await bed.settled(() => bed.facts());
    }
    const isSettled = await bed.settled(() => bed.facts());
    await Promise.all([...members, ...senders].map((child) => child.end()));
    const counts = await bed.count();
    return {
      // A disk that nobody has missed was not full.
      ok: held > 0 && isSettled && counts.effects === counts.facts && counts.repeatedEffects === 0,
      work: `${counts.facts} messages`,
      faults: `${rounds} times a disk without a byte left, then a SIGKILL`,
      heldBack: held,
      isSettled,
      slowestBackToWorkMs: slowestMs,
      ...counts,
    };
  },
};
