import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { bootstrap } from "../../mediator/bootstrap.js";
import type { Mediator } from "../../mediator/mediator.js";
import { Query } from "../../messages/query.js";
import { RecordingLogger } from "../../testing/recording-logger.js";
import { createHttpHandler } from "../http-handler.js";
import { type Served, serve1 } from "./serve.fixture.js";
import { toNodeListener } from "./to-node-listener.js";

/** `npm run leaks --workspace packages/sluice` has 10,000. */
const connections = Number(process.env.CONNECTIONS ?? 400);

class Never extends Query<string> {}
class Waits extends Query<string> {}
class Slow extends Query<string> {}
class Answer extends Query<string> {}
class Stuck extends Query<string> {}

let open = 0;
let given = 0;
let served: Served;
let mediator: Mediator;
const logger = new RecordingLogger();

/** Counts the handlers that have begun and not ended. */
async function* counted(items: AsyncIterable<string>): AsyncGenerator<string> {
  open++;
  try {
    yield* items;
  } finally {
    open--;
  }
}

const text = "x".repeat(200);
/** Fills the buffers of sockets in a tenth of the items. */
const long = "x".repeat(2_000);

async function setUp(streams: number): Promise<void> {
  given = 0;
  mediator = bootstrap({
    logger,
    queriesMapper: (map) =>
      map
        .bind(Never, () =>
          counted(
            (async function* () {
              for (;;) {
                given++;
                yield long;
              }
            })(),
          ),
        )
        .bind(Waits, (_, { signal }) =>
          counted(
            (async function* () {
              yield text;
              await new Promise((resolve) => signal.addEventListener("abort", resolve));
            })(),
          ),
        )
        .bind(Slow, () =>
          counted(
            (async function* () {
              for (;;) {
                await turn();
                yield text;
              }
            })(),
          ),
        )
        .bind(Answer, async (_, { signal }) => {
          open++;
          for (let n = 0; n < 20 && !signal.aborted; n++) await turn();
          open--;
          return text;
        })
        .bind(Stuck, async (_, { signal }) => {
          open++;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          open--;
          return text;
        }),
  });
  const limits = { streamsPerClient: Number.POSITIVE_INFINITY, streams };
  const exposed = { stream: [Never, Waits, Slow], send: [Answer, Stuck] };
  served = await serve1(toNodeListener(createHttpHandler(mediator, { ...exposed, limits, logger })));
}

afterEach(async () => {
  await served.close();
  await mediator.close();
});

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const accepts = ["text/event-stream", "application/x-ndjson", "application/json"];
const names = ["Never", "Waits", "Slow", "Answer", "Stuck"];

/** Opens a connection, and drops it somewhere on its way. */
async function dropOne(next: () => number): Promise<void> {
  const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T;
  const head = `GET /${pick(names)} HTTP/1.1\r\nHost: x\r\nAccept: ${pick(accepts)}\r\n\r\n`;
  const socket = connect(Number(new URL(served.url).port), "127.0.0.1");
  socket.on("error", () => {});
  if (next() < 0.3) socket.pause();
  else socket.resume();
  await once(socket, "connect");
  socket.write(next() < 0.1 ? head.slice(0, Math.floor(next() * head.length)) : head);
  const turns = Math.floor(next() * 8);
  for (let n = 0; n < turns; n++) await turn();
  if (next() < 0.5) socket.destroy();
  else socket.resetAndDestroy();
}

const resources = () => {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

describe("connections that are dropped", () => {
  it("leave no handler, socket or timer behind", { timeout: 300_000 }, async () => {
    // Fewer than are opened: one that is not counted off would show.
    await setUp(250);
    const next = random(7);
    const before = resources();
    for (let n = 0; n < connections; n += 20) {
      await Promise.all(Array.from({ length: 20 }, () => dropOne(next)));
    }
    await expect.poll(() => open, { timeout: 5_000 }).toBe(0);
    const left = () => {
      const { Timeout: timers = 0, TCPSocketWrap: sockets = 0 } = resources();
      return { timers: Math.max(0, timers - (before.Timeout ?? 0) - 1), sockets };
    };
    // The runner has a timer of its own now and then.
    await expect.poll(left, { timeout: 5_000 }).toEqual({ timers: 0, sockets: before.TCPSocketWrap ?? 0 });
    expect(logger.records).toEqual([]);
    const response = await fetch(`${served.url}Waits`, { headers: { accept: "text/event-stream" } });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

function memory(): number {
  for (let n = 0; n < 4; n++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const clients = 200;

/** A process of its own: what its sockets keep is not the server's. */
function startReaders(): ChildProcess {
  const program = `
    const { connect } = require("node:net");
    let heads = 0;
    setInterval(() => {}, 1000); // sockets that are paused do not keep a process
    for (let n = 0; n < ${clients}; n++) {
      const socket = connect(${new URL(served.url).port}, "127.0.0.1");
      socket.write("GET /Never HTTP/1.1\\r\\nHost: x\\r\\nAccept: application/x-ndjson\\r\\n\\r\\n");
      socket.once("data", () => { socket.pause(); if (++heads === ${clients}) console.log("all"); });
    }`;
  return spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
}

describe("readers that stop reading", () => {
  it(`cost less than 64 kB each, ${clients} of them, and their handlers stand still`, {
    timeout: 60_000,
  }, async () => {
    await setUp(clients);
    await (await fetch(`${served.url}Answer`)).text();
    const before = memory();
    const readers = startReaders();
    onTestFinished(() => void readers.kill());
    await once(readers.stdout as NonNullable<typeof readers.stdout>, "data");
    let last = -1;
    await expect
      .poll(
        () => {
          const isStill = given === last;
          last = given;
          return isStill;
        },
        { timeout: 30_000, interval: 100 },
      )
      .toBe(true);
    expect(open).toBe(clients);
    const after = memory();
    expect((after - before) / clients).toBeLessThan(64_000);
    expect((await fetch(`${served.url}Answer`)).status).toBe(200);
    const still = given;
    for (let n = 0; n < 200; n++) await turn();
    expect(given).toBe(still);
    readers.kill();
    await expect.poll(() => open, { timeout: 5_000 }).toBe(0);
  });
});
