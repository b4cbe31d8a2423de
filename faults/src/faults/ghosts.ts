import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

/** Target 2: half of the transactions are rolled back, and connections and writers are killed around the commit. */
export const ghosts: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    const { full, random, engine } = context;
    const transactions = full ? 10_000 : 1_000;
    const writers = Math.min(engine.writers, 4);
    await using rig = await Rig.open(context);
    const relay = await rig.relay();
    let killed = 0;
    let rounds = 0;
    // A writer that was killed is followed by another one with keys of its own, until all is written.
    const write = async (place: number) => {
      const events = (transactions * 3) / writers;
      for (let left = events; left > 0; rounds++) {
        const part = Math.min(left, events / 4);
        const writer = rig.writer({ name: `w${place}r${rounds}`, messages: part, rollBack: 0.5 });
        const isKilled = random.next() < 0.5;
        if (isKilled) {
          await Promise.race([writer.ended(), pause(random.between(200, 1_500))]);
          if (!writer.isGone) killed++;
          await writer.kill();
        } else await writer.ended();
        left -= part;
      }
    };
    let isWriting = true;
    const cut = async () => {
      while (isWriting) {
        await pause(random.between(50, 500));
        await rig.database.killConnections?.().catch(() => {});
        if (rig.database.killConnections) killed++;
      }
    };
    const cutting = cut();
    await Promise.all(Array.from({ length: writers }, (_, place) => write(place)));
    isWriting = false;
    await cutting;
    const isDrained = await rig.drained(60_000);
    await relay.end();
    const counts = await rig.count();
    return {
      ok: isDrained && counts.facts > 0 && counts.lost === 0 && counts.ghosts === 0,
      work: `about ${transactions} transactions, half of them rolled back, ${counts.facts} facts`,
      faults: `${killed} writers killed or connections cut`,
      isDrained,
      ...counts,
    };
  },
};
