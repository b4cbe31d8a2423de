import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

/** Target 6: the relay that serves everything is killed, or frozen and thawed after another one has taken over. */
export const failover: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    const rounds = context.full ? 20 : 2;
    const leaseMs = 10_000;
    await using rig = await Rig.open(context);
    const tookMs: number[] = [];
    let lateWrites = 0;
    for (let round = 0; round < rounds; round++) {
      const isFrozen = round % 2 === 1;
      const name = `owner-${round}`;
      // One that is to be frozen is so while it publishes: it has checked its leases before.
      const owner = await rig.relay({ leaseMs, name, delayMs: isFrozen ? 1_000 : 0 });
      await rig.writer({ name: `w${round}a`, messages: 200 }).ended();
      if (isFrozen) {
        await pause(300);
        owner.signal("SIGSTOP");
      } else {
        await rig.drained(20_000);
        await owner.kill();
      }
      const since = Date.now();
      const next = await rig.relay({ leaseMs, name: `next-${round}` });
      await rig.writer({ name: `w${round}b`, messages: 50 }).ended();
      await rig.drained(40_000);
      tookMs.push(Date.now() - since);
      if (isFrozen) {
        const until = rig.lines().length;
        owner.signal("SIGCONT");
        // Nothing is pending: what it marks now, it has read before it was frozen. Later it gets its share again.
        await pause(3_000);
        lateWrites += sumOf(rig.lines().slice(until), name);
        await rig.writer({ name: `w${round}c`, messages: 200 }).ended();
        await rig.drained(20_000);
      }
      await owner.kill();
      await next.end();
    }
    const counts = await rig.count();
    const slowestMs = Math.max(...tookMs);
    return {
      ok: slowestMs <= 15_000 && lateWrites === 0 && counts.lost === 0 && counts.inversions === 0,
      work: `${counts.facts} messages`,
      faults: `${rounds} owners killed or frozen, leases of ${leaseMs} ms`,
      slowestMs,
      rowsMarkedByOneThatWasThawed: lateWrites,
      ...counts,
    };
  },
};

/** How many rows a relay has marked in these lines. */
function sumOf(lines: readonly string[], name: string): number {
  return lines
    .map((line) => line.split("\t"))
    .filter(([what, , relay]) => what === "marked" && relay === name)
    .reduce((sum, [, count]) => sum + Number(count), 0);
}
