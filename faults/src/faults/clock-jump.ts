import { programs } from "@sluice-internal/services";
import { FalseClock } from "../false-clock.js";
import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

const batchSize = 100;

/** Target 8: the clock of the machine, of its database and its relays, jumps an hour ahead and back, under load. */
export const clockJump: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],
  needs: [programs.libfaketime],

  async run(context): Promise<Finding> {
    const jumps = context.full ? 40 : 4;
    using clock = new FalseClock();
    await using rig = await Rig.open(context, { env: clock.env });
    const order = { leaseMs: 2_000, batchSize };
    const relays = await Promise.all([rig.relay(order), rig.relay(order)]);
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n++)
        await rig.writer({ name: `w${n}`, messages: 500, perTransaction: 5, holdMs: 20 }).ended();
    })();
    let slowestMs = 0;
    let farthestMs = 0;
    for (let jump = 0; jump < jumps; jump++) {
      await pause(3_000);
      clock.set([3_600, 0, -3_600, 0][jump % 4] as number);
      slowestMs = Math.max(slowestMs, await rig.backToWork(30_000));
      await pause(1_000);
      const [[lease] = []] = await rig.query("select max(expires_ms) as ends from sluice_outbox_lease");
      farthestMs = Math.max(farthestMs, Number(lease?.ends) - Date.now());
    }
    isOver = true;
    await writing;
    const isDrained = await rig.drained(30_000);
    await Promise.all(relays.map((relay) => relay.end()));
    const counts = await rig.count();
    const { lost, ghosts, inversions, duplicates } = counts;
    const mostDuplicates = jumps * relays.length * batchSize;
    return {
      ok:
        isDrained &&
        farthestMs > 3_500_000 && // else the clock of the leases has not jumped
        [lost, ghosts, inversions].every((count) => count === 0) &&
        duplicates <= mostDuplicates &&
        slowestMs <= 5_000,
      work: `${counts.facts} messages`,
      faults: `${jumps} jumps of an hour, ahead and back`,
      slowestBackToWorkMs: slowestMs,
      leasesEndedAheadMs: farthestMs,
      mostDuplicates,
      isDrained,
      ...counts,
    };
  },
};
