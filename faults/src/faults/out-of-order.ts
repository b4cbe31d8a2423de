import type { Fault, Finding } from "../fault.js";
import { Rig } from "../rig.js";

/** Target 3: transactions take their ids in one order and commit in another. */
export const outOfOrder: Fault = {
  engines: ["postgres", "mariadb"],

  async run(context): Promise<Finding> {
    const { full } = context;
    const messages = full ? 100_000 : 4_000;
    const connections = full ? 64 : 32;
    await using rig = await Rig.open(context);
    const relays = await Promise.all([rig.relay(), rig.relay()]);
    const writers = Array.from({ length: connections }, (_, n) =>
      rig.writer({
        name: `w${n}`,
        messages: messages / connections,
        keys: 20,
        perTransaction: full ? 100 : 20,
        holdMs: full ? 2_000 : 500,
      }),
    );
    await Promise.all(writers.map((writer) => writer.ended()));
    const isDrained = await rig.drained(60_000);
    await Promise.all(relays.map((relay) => relay.end()));
    const counts = await rig.count();
    return {
      ok: isDrained && counts.facts >= messages * 0.99 && counts.lost === 0 && counts.inversions === 0,
      work: `${counts.facts} messages of ${connections} writers`,
      faults: `commits held up to ${full ? 2_000 : 500} ms`,
      isDrained,
      ...counts,
    };
  },
};
