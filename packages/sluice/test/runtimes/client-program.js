// One program for every runtime: it uses web standards and the client only, against the server of far-server.fixture.ts,
// and prints where it ran and "ok" when all of it holds.
import { Command, Query, SluiceError } from "sluice";
import { createClient } from "sluice/client";

function equal(actual, expected) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`got ${a}, expected ${b}`);
}

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

class Count extends Command {
  constructor(to) {
    super();
    this.to = to;
  }
}

/** What the far end has seen since it was last asked. */
class TakeLog extends Query {}
class Cut extends Command {}

const { stream, send } = createClient(globalThis.location?.origin ?? globalThis.process.argv[2]);

async function farLog(count) {
  const log = [];
  while (log.length < count) log.push(...(await send(new TakeLog())));
  return log;
}

// In order, whole, with text of every kind.
equal(await Array.fromAsync(stream(new Count(3))), [
  { n: 1, text: "é😀" },
  { n: 2, text: "é😀" },
  { n: 3, text: "é😀" },
]);
equal(await farLog(1), ["ended"]);

// Many, over many chunks.
let last = 0;
for await (const { n } of stream(new Count(50_000))) equal(n, ++last);
equal([last, await farLog(1)], [50_000, ["ended"]]);

// break ends the far handler.
for await (const { n } of stream(new Count(1e9))) if (n === 100) break;
equal(await farLog(1), ["left"]);

// An abort rejects with its very reason, and ends the far handler.
{
  const controller = new AbortController();
  const items = stream(new Count(-1), { signal: controller.signal });
  equal((await items.next()).value.n, 0);
  const pending = rejection(items.next());
  const reason = new Error("enough");
  controller.abort(reason);
  equal((await pending) === reason, true);
  equal(await farLog(1), ["left"]);
}

// A failure of the far end, with what came before.
{
  const items = stream(new Count(0));
  equal((await items.next()).value.n, 0);
  const failed = await rejection(items.next());
  equal([failed instanceof SluiceError, failed.code], [true, "SLUICE_REMOTE"]);
  equal([failed.status, failed.problem.code, failed.items], [410, "GONE", 1]);
  equal(await farLog(1), ["ended"]);
}

// A cut is no end.
{
  const items = stream(new Count(-1));
  equal((await items.next()).value.n, 0);
  const pending = rejection(items.next());
  await send(new Cut()).catch(() => {});
  const lost = await pending;
  equal([lost.code, lost.items], ["SLUICE_CONNECTION_LOST", 1]);
  equal(await farLog(1), ["left"]);
}

console.log(navigator.userAgent);
console.log("ok");
