import { mariadb, notHere } from "@sluice-internal/services";
import { engineOf } from "./engines/engines.js";
import type { Fault } from "./fault.js";
import { faults } from "./faults.js";
import { readOptions } from "./options.js";
import { Random } from "./random.js";

const { faults: names, engines, full, seed, mutant } = readOptions(process.argv.slice(2));
let broken = 0;
for (const name of names) {
  const fault = faults[name] as Fault;
  for (const engineName of engines.filter((engine) => fault.engines.includes(engine))) {
    const needed = [...(fault.needs ?? []), ...(engineName === "mariadb" ? [mariadb] : [])];
    const missing = needed.find((it) => !it.isInstalled());
    if (missing !== undefined) {
      console.error(`skipped ${name} on ${engineName}: ${notHere(missing).message}`);
      if (process.env.CI) broken++;
      continue;
    }
    const start = performance.now();
    const context = { engine: engineOf(engineName), random: new Random(seed), seed, full, mutant };
    const finding = await fault
      .run(context)
      .catch((error) => ({ ok: false, error: String(error?.stack ?? error) }));
    const seconds = Number(((performance.now() - start) / 1_000).toFixed(1));
    console.log(
      JSON.stringify({
        fault: name,
        engine: engineName,
        seed,
        ...(mutant && { mutant }),
        ...finding,
        seconds,
      }),
    );
    if (!finding.ok) broken++;
  }
}
process.exitCode = (mutant ? broken === 0 : broken > 0) ? 1 : 0;
