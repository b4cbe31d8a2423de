import type { Row, Skipped } from "../../work.js";
import { besidePeer } from "./beside-peer.js";
import { transports } from "./transports.js";

/** Other libraries on the same servers. One that fails does not keep the others from being measured. */
export async function* runPeers(): AsyncGenerator<Row | Skipped> {
  for (const { name, service, options, counts, open, compared } of transports) {
    if (!service.isInstalled()) {
      yield { skipped: `the peers on ${name}`, reason: service.howToInstall };
      continue;
    }
    const server = await service.start(options);
    const broker = open(server.url);
    try {
      for (const each of compared(server.url, broker)) {
        if (each.program?.isInstalled() === false) {
          yield { skipped: `${each.theirs.name} on ${name}`, reason: each.program.howToInstall };
          continue;
        }
        const start = performance.now();
        try {
          yield* besidePeer(name, broker, counts, each);
        } catch (error) {
          yield { skipped: `the rest of ${each.theirs.name} on ${name}`, reason: String(error), error };
        }
        console.error(`  ${name}, ${each.theirs.name}: ${Math.round((performance.now() - start) / 1_000)} s`);
      }
    } finally {
      await broker.close();
      await server.stop();
    }
  }
}
