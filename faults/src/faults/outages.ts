import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

/** Target 8, the half of the database: the server is killed and comes back, again and again, under load. */
export const outages: Fault = {
  engines: ["postgres", "mariadb"],

  async run(context): Promise<Finding> {
    const { full, random } = context;
    const minutes = full ? 10 : 0.5;
    await using rig = await Rig.open(context);
    const relays = await Promise.all([rig.relay({ leaseMs: 2_000 }), rig.relay({ leaseMs: 2_000 })]);
    let isOver = false;
    let restarts = 0;
    let slowestMs = 0;
    const restarting = (async () => {
      for (const end = Date.now() + minutes * 60_000; Date.now() < end; ) {
        await pause(random.between(5_000, 10_000));
        await rig.database.restart?.();
        restarts++;
        slowestMs = Math.max(slowestMs, await rig.backToWork(30_000));
      }
      isOver = true;
    })();
    // Writers that lose their connection go on with the next transaction.
    const writing = (async () => {
      for (let n = 0; !isOver; n++)
        await rig.writer({ name: `w${n}`, messages: 200, perTransaction: 5, holdMs: 20 }).ended();
    })();
    await Promise.all([restarting, writing]);
    const isDrained = await rig.drained(60_000);
    await Promise.all(relays.map((relay) => relay.end()));
    const counts = await rig.count();
    return {
      ok: isDrained && counts.facts > 0 && counts.lost === 0 && counts.ghosts === 0 && slowestMs <= 5_000,
      work: `${counts.facts} messages in ${minutes} min`,
      faults: `${restarts} SIGKILLs of the database server`,
      isDrained,
      slowestBackToWorkMs: slowestMs,
      ...counts,
    };
  },
};
