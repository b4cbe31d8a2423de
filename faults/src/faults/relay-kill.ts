import type { Child } from "../child.js";
import type { RelayOrder } from "../children/relay.js";
import { crashPoints } from "../crash-points.js";
import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

const relays = 4;

/** Target 1: relays are killed at random moments, and at every point where one may die. */
export const relayKill: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    const { full, random, engine } = context;
    const messages = full ? 100_000 : 6_000;
    const atPoints = (full ? 20 : 2) * crashPoints.length;
    const atRandom = (full ? 200 : 20) - 0;
    const batchSize = full ? 200 : 100;
    await using rig = await Rig.open(context);
    const writers = Array.from({ length: engine.writers }, (_, n) =>
      rig.writer({
        name: `w${n}`,
        messages: messages / engine.writers,
        keys: 1_000 / engine.writers,
        perTransaction: 20,
      }),
    );

    let killed = 0;
    const places = Array.from({ length: relays }, async (_, place) => {
      // Crashes at points are spread over the places; the rest of the time the parent kills.
      const crashes = Array.from({ length: atPoints }, (_, n) => crashPoints[n % crashPoints.length]).filter(
        (_, n) => n % relays === place,
      );
      for (const point of crashes) {
        const child = await rig.relay({
          batchSize,
          crash: { point: point as never, time: random.between(1, 3) },
        });
        await Promise.race([child.ended(), pause(15_000)]);
        if (child.isGone) killed++;
        await child.kill();
      }
      for (let n = 0; n < atRandom / relays; n++) {
        const child: Child<RelayOrder> = await rig.relay({ batchSize });
        await pause(random.between(20, 600));
        await child.kill();
        killed++;
      }
    });
    await Promise.all([...places, ...writers.map((writer) => writer.ended())]);
    const last = await rig.relay({ batchSize: 1_000 });
    const isDrained = await rig.drained(120_000);
    await last.end();
    const counts = await rig.count();
    const mostDuplicates = killed * batchSize;
    return {
      ok:
        isDrained &&
        counts.facts > 0 &&
        counts.lost === 0 &&
        counts.ghosts === 0 &&
        counts.inversions === 0 &&
        counts.duplicates <= mostDuplicates,
      work: `${counts.facts} messages, 1,000 keys, ${relays} relays`,
      faults: `${killed} SIGKILLs, ${atPoints} of them at ${crashPoints.length} points`,
      isDrained,
      mostDuplicates,
      ...counts,
    };
  },
};
