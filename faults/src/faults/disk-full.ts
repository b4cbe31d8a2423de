import type { Fault, Finding } from "../fault.js";
import { Rig } from "../rig.js";
import { SmallDisk } from "../small-disk.js";

/** What a new database and some thousand messages take, and not much more. */
const megabytes: Readonly<Record<string, number>> = { postgres: 150, mariadb: 250, sqlite: 8 };

/** Target 8: the disk of the database is full for a while, under load. */
export const diskFull: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    const rounds = context.full ? 10 : 2;
    using disk = new SmallDisk(megabytes[context.engine.name] as number);
    await using rig = await Rig.open(context, { folder: disk.folder });
    const relay = await rig.relay({ leaseMs: 2_000 });
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      await rig.writer({ name: `before-${round}`, messages: 200 }).ended();
      disk.fill();
      const writer = rig.writer({ name: `full-${round}`, messages: 6_000, perTransaction: 100 });
      const { failed } = ((await writer.message()) ?? { failed: 0 }) as { readonly failed: number };
      refused += failed;
      disk.free();
      await rig.database.restart?.();
    }
    await rig.writer({ name: "after", messages: 200 }).ended();
    const isDrained = await rig.drained(60_000);
    await relay.end();
    const counts = await rig.count();
    const { lost, ghosts, inversions } = counts;
    return {
      ok: refused > 0 && isDrained && lost === 0 && ghosts === 0 && inversions === 0,
      work: `${counts.facts} messages`,
      faults: `${rounds} times a disk without a byte left`,
      transactionsRefused: refused,
      isDrained,
      ...counts,
    };
  },
};
