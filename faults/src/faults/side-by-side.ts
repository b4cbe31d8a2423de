import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

/** Nothing dies, but relays come and go by their own will: nothing may arrive twice, or in another order. */
export const sideBySide: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    const { full, engine, random } = context;
    const messages = full ? 50_000 : 4_000;
    await using rig = await Rig.open(context);
    const order = { leaseMs: 10_000, delayMs: 2 };
    const relays = await Promise.all([1, 2, 3].map(() => rig.relay(order)));
    const writers = Array.from({ length: engine.writers }, (_, n) =>
      rig.writer({ name: `w${n}`, messages: messages / engine.writers, keys: 50 }),
    );
    let isWriting = true;
    let handedOver = 0;
    const comeAndGo = (async () => {
      for (; isWriting; handedOver++) {
        const guest = await rig.relay(order);
        await pause(random.between(100, 500));
        await guest.end();
      }
    })();
    await Promise.all(writers.map((writer) => writer.ended()));
    isWriting = false;
    await comeAndGo;
    const isDrained = await rig.drained(60_000);
    await Promise.all(relays.map((relay) => relay.end()));
    const counts = await rig.count();
    return {
      ok:
        isDrained &&
        counts.facts > 0 &&
        counts.lost + counts.ghosts + counts.duplicates + counts.inversions === 0,
      work: `${counts.facts} messages, three relays`,
      faults: `none; a fourth relay came and went ${handedOver} times`,
      isDrained,
      ...counts,
    };
  },
};
