import { type Installed, mariadb, notHere } from "@sluice-internal/services";
import { brokerFaults } from "./brokers/broker-faults.js";
import { brokerOf } from "./brokers/broker-kinds.js";
import { engineOf } from "./engines/engines.js";
import type { Finding } from "./fault.js";
import { faults } from "./faults.js";
import { readOptions } from "./options.js";
import { Random } from "./random.js";

const {
  faults: names,
  engines,
  brokers,
  full,
  seed,
  mutant,
  consumerMutant,
} = readOptions(process.argv.slice(2));
let broken = 0;
for (const name of names) {
  const fault = faults[name];
  for (const engine of fault === undefined ? [] : engines.filter((each) => fault.engines.includes(each))) {
    const needed = [...(fault?.needs ?? []), ...(engine === "mariadb" ? [mariadb] : [])];
    const context = { engine: engineOf(engine), random: new Random(seed), seed, full, mutant };
    await report({ fault: name, engine }, needed, () => fault?.run(context));
  }
  const brokerFault = brokerFaults[name];
  for (const broker of brokerFault === undefined ? [] : brokers) {
    const kind = brokerOf(broker);
    const context = {
      engine: engineOf("postgres"),
      random: new Random(seed),
      seed,
      full,
      mutant,
      consumerMutant,
    };
    await report({ fault: name, engine: "postgres", broker }, [kind.service], () =>
      brokerFault?.run({ ...context, broker: kind }),
    );
  }
}
const isMutant = mutant !== undefined || consumerMutant !== undefined;
process.exitCode = (isMutant ? broken === 0 : broken > 0) ? 1 : 0;

async function report(
  what: Readonly<Record<string, string>>,
  needed: readonly Installed[],
  run: () => Promise<Finding> | undefined,
): Promise<void> {
  const missing = needed.find((it) => !it.isInstalled());
  if (missing !== undefined) {
    console.error(`skipped ${Object.values(what).join(" on ")}: ${notHere(missing).message}`);
    if (process.env.CI) broken++;
    return;
  }
  const start = performance.now();
  const finding = await Promise.resolve(run()).catch((error) => ({
    ok: false,
    error: String(error?.stack ?? error),
  }));
  const seconds = Number(((performance.now() - start) / 1_000).toFixed(1));
  const mutation = mutant ?? consumerMutant;
  console.log(JSON.stringify({ ...what, seed, ...(mutation && { mutant: mutation }), ...finding, seconds }));
  if (!finding?.ok) broken++;
}
