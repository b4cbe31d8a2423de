import { countEffects } from "../count/count-effects.js";
import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

const consumers = ["billing", "stock", "mail"];

/** Target 4: messages come one to five times to three consumers, whose processes are killed. */
export const inboxKill: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    const { full, random, engine } = context;
    const messages = full ? 50_000 : 1_500;
    const kills = full ? 100 : 12;
    await using rig = await Rig.open(context);
    const ids = Array.from({ length: messages }, (_, n) => `m-${n}`);
    let killed = 0;
    await Promise.all(
      consumers.map(async (consumer) => {
        const deliveries = ids.flatMap((id) => Array<string>(random.between(1, 5)).fill(id));
        // Whoever was killed is followed by one that is given everything again, as a broker would.
        for (let n = 0; n < kills / consumers.length; n++) {
          const worker = `${consumer}-${n}`;
          const child = rig.start("consumer", {
            engine: engine.name,
            url: rig.database.url,
            consumer,
            worker,
            deliveries,
          });
          await Promise.race([child.ended(), pause(random.between(300, 1_200))]);
          if (!child.isGone) killed++;
          await child.kill();
        }
        const last = rig.start("consumer", {
          engine: engine.name,
          url: rig.database.url,
          consumer,
          worker: `${consumer}-last`,
          deliveries,
        });
        await last.ended();
      }),
    );
    const { effects, repeated } = await countEffects(rig.database.url);
    const expected = messages * consumers.length;
    return {
      ok: effects === expected && repeated === 0,
      work: `${messages} messages delivered one to five times to ${consumers.length} consumers`,
      faults: `${killed} SIGKILLs`,
      expected,
      effects,
      repeated,
    };
  },
};
