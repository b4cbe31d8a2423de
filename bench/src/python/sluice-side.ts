// Started by run-python.ts: what Sluice takes for the work that bench/python/measure.py gives to python-cqrs.
import { measureOnce } from "../alternate.js";
import { makeSend } from "../core/send.js";
import { makeStream } from "../core/stream.js";
import { makeStreamEvents } from "../core/stream-events.js";

const took: Record<string, number> = {};
for (const [name, make] of Object.entries({
  send: makeSend,
  stream: makeStream,
  "stream-events": makeStreamEvents,
})) {
  const { sides, steps } = await make();
  if (sides.sluice === undefined) throw new Error(`Sluice does not do "${name}".`);
  await measureOnce(sides.sluice, 200);
  took[name] = (await measureOnce(sides.sluice, 200)).mean / steps;
}
process.send?.(took, () => process.exit());
