// Started by run-core.ts: one work in a process of its own, so that no work warms up or spoils another's code.
import { alternate } from "../alternate.js";
import { coreWorks } from "./works.js";

const [name = "", rounds, windowMs] = process.argv.slice(2);
const work = await coreWorks[name]?.();
if (work === undefined) throw new Error(`No work is called "${name}".`);
const took = await alternate(work, { rounds: Number(rounds), windowMs: Number(windowMs) });
const { steps, comparisons } = work;
process.send?.({ name: work.name, steps, comparisons, took }, () => process.exit());
