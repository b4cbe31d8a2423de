import { expect, it } from "vitest";
import { ndjsonFormat } from "./ndjson-format.js";
import { TextPump } from "./text-pump.js";

it("gives timers their turn beside a source that never waits and a sink that is never full", async () => {
  const items = 3_000_000;
  let given = 0;
  const ended = Promise.withResolvers<void>();
  const pump = new TextPump({
    source: (async function* () {
      for (; given < items; given++) yield given;
    })(),
    format: ndjsonFormat,
    heartbeatMs: 15_000,
    maxMs: Number.POSITIVE_INFINITY,
    problemOf: () => ({ title: "No", status: 500 }),
    onEnd: () => ended.resolve(),
  });
  pump.start({ write() {}, isFull: false, onDrain() {}, end() {}, cut() {} });
  await new Promise((resolve) => setTimeout(resolve, 1)); // the timer that is to have its turn
  expect(given).toBeLessThan(items);
  pump.cancel();
  await ended.promise;
});
