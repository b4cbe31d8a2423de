import { TcpProxy } from "@sluice-internal/services";
import type { Fault, Finding } from "../fault.js";
import { pause, Rig } from "../rig.js";

const latencyMs = 100;

/** Target 8 at databases: each way takes a tenth of a second, and connections die without a word to either end. */
export const badNetwork: Fault = {
  engines: ["postgres", "mariadb"],

  async run(context): Promise<Finding> {
    const rounds = context.full ? 10 : 2;
    await using rig = await Rig.open(context);
    const { port, hostname } = new URL(rig.database.url);
    await using proxy = await TcpProxy.open(() => Number(port));
    const far = rig.database.url.replace(`${hostname}:${port}`, `${hostname}:${proxy.port}`);
    const relays = await Promise.all(
      [1, 2].map(() => rig.relay({ url: far, leaseMs: 10_000, batchSize: 100 })),
    );
    proxy.delay(latencyMs);
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n++)
        await rig.writer({ name: `w${n}`, messages: 100, perTransaction: 5, holdMs: 50 }).ended();
    })();
    let slowestMs = 0;
    for (let n = 0; n < rounds; n++) {
      await pause(4_000);
      proxy.killSilently();
      slowestMs = Math.max(slowestMs, await rig.backToWork(60_000));
    }
    isOver = true;
    await writing;
    const isDrained = await rig.drained(60_000);
    await Promise.all(relays.map((relay) => relay.kill()));
    const counts = await rig.count();
    return {
      ok:
        isDrained &&
        slowestMs <= 5_000 &&
        counts.facts > 0 &&
        counts.lost === 0 &&
        counts.ghosts === 0 &&
        counts.inversions === 0,
      work: `${counts.facts} messages`,
      faults: `${2 * latencyMs} ms there and back; all connections of the relays dead without a word, ${rounds} times`,
      isDrained,
      slowestBackToWorkMs: slowestMs,
      ...counts,
    };
  },
};
