// A Hono application served by Deno or Bun themselves: it streams, a reader leaves, and the handler ends. Prints where it
// ran and "ok" when all of it holds.
import { Hono } from "hono";
import { bootstrap, Command, Query } from "sluice";
import { createClient } from "sluice/client";
import { honoSluice } from "sluice/http/hono";

class CountTo extends Query {
  constructor(last) {
    super();
    this.last = last;
  }
}
class Echo extends Command {
  constructor(text) {
    super();
    this.text = text;
  }
}

const ends = [];
const mediator = bootstrap({
  queriesMapper: (map) =>
    map.bind(CountTo, async function* ({ last }) {
      try {
        for (let n = 1; n <= last; n++) yield n;
      } finally {
        ends.push(last);
      }
    }),
  commandsMapper: (map) => map.bind(Echo, async ({ text }) => text),
});
const app = new Hono().all("/api/*", honoSluice(mediator, { stream: [CountTo], send: [Echo] }));

const [port, stop] = await serve(app.fetch);
const { stream, send } = createClient(`http://127.0.0.1:${port}/api/`);

equal(await Array.fromAsync(stream(new CountTo(3))), [1, 2, 3]);
equal(await send(new Echo("é😀")), "é😀");
equal((await fetch(`http://127.0.0.1:${port}/api/Echo`)).status, 405);
const text = await (
  await fetch(`http://127.0.0.1:${port}/api/CountTo?input={"last":2}`, {
    headers: { accept: "text/event-stream" },
  })
).text();
equal(text.match(/^(id|data|event): .*$/gm)?.slice(0, 4), ["id: 1", "data: 1", "id: 2", "data: 2"]);

// A reader that leaves ends a handler that could go on for ever.
for await (const n of stream(new CountTo(1e12))) if (n === 1000) break;
for (const start = Date.now(); !ends.includes(1e12); await new Promise((resolve) => setTimeout(resolve, 5)))
  if (Date.now() - start > 1_000) throw new Error("the handler has not ended within a second");

await stop();
await mediator.close();
console.log(navigator.userAgent);
console.log("ok");

async function serve(fetch) {
  const options = { hostname: "127.0.0.1", port: 0 };
  if (globalThis.Bun) {
    const server = globalThis.Bun.serve({ ...options, fetch });
    return [server.port, () => server.stop(true)];
  }
  const server = globalThis.Deno.serve({ ...options, onListen() {} }, (request) => fetch(request));
  return [server.addr.port, () => server.shutdown()];
}

function equal(actual, expected) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`got ${a}, expected ${b}`);
}
