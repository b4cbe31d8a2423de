import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { Command } from "../messages/command.js";
import { Query } from "../messages/query.js";
import { RecordingLogger } from "../testing/recording-logger.js";
import type { HttpCall, HttpOutcome } from "./http-call.js";
import { createHttpHandler } from "./http-handler.js";
import type { HttpHandlerOptions } from "./http-handler-options.js";

class Items extends Query<unknown> {}
class Save extends Command<unknown> {}

function setUp({
  items = async function* () {},
  save = () => undefined,
  ...options
}: HttpHandlerOptions & {
  items?: (signal: AbortSignal) => AsyncIterable<unknown>;
  save?: () => unknown;
}) {
  const logger = new RecordingLogger();
  const mediator = bootstrap({
    logger,
    queriesMapper: (map) =>
      map.bind(Items, async function* (_, { signal }) {
        yield* items(signal);
      }),
    commandsMapper: (map) => map.bind(Save, async () => save()),
  });
  const ended: (HttpOutcome & Pick<HttpCall, "name">)[] = [];
  const onEnd = ({ name }: HttpCall, outcome: HttpOutcome) => ended.push({ name, ...outcome });
  const handle = createHttpHandler(mediator, { stream: [Items], send: [Save], logger, onEnd, ...options });
  const get = (accept: string, init?: RequestInit) =>
    handle(new Request("http://localhost/Items", { headers: { accept }, ...init }));
  const post = () =>
    handle(
      new Request("http://localhost/Save", {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json" },
      }),
    );
  return { mediator, logger, ended, handle, get, post };
}

describe("createHttpHandler", () => {
  it("starts no handler before the body is read, and asks for nothing that its reader does not (S1, S3)", async () => {
    const given: number[] = [];
    const { get } = setUp({
      items: async function* () {
        for (let n = 1; ; n++) {
          given.push(n);
          yield "x".repeat(20_000);
        }
      },
    });
    const response = await get("application/x-ndjson");
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toEqual([]);
    const reader = (response.body as ReadableStream).getReader();
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toEqual([1]);
    await reader.read();
    await reader.cancel();
    expect(given).toEqual([1, 2]);
  });

  it("joins what is ready into one piece", async () => {
    const { get } = setUp({
      items: async function* () {
        for (let n = 1; n <= 100; n++) yield n;
      },
    });
    const pieces: unknown[] = [];
    const { body } = await get("application/x-ndjson");
    for await (const piece of body as unknown as AsyncIterable<unknown>) pieces.push(piece);
    // A turn of the event loop may end in between.
    expect(pieces.length).toBeLessThan(10);
  });

  it("ends the handler when the body is cancelled, and tells onEnd when it has (S7)", async () => {
    const steps: string[] = [];
    const { get, ended } = setUp({
      items: async function* (signal) {
        try {
          yield 1;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        } finally {
          steps.push("finally");
        }
      },
    });
    const reader = ((await get("text/event-stream")).body as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    await expect.poll(() => ended).toHaveLength(1);
    expect(steps).toEqual(["finally"]);
    expect(ended).toEqual([{ name: "Items", status: 200, items: 1, error: undefined, left: true }]);
  });

  it("constructs nothing when the reader has left before it starts (S9)", async () => {
    let runs = 0;
    const { get, ended } = setUp({
      items: async function* () {
        yield runs++;
      },
    });
    for (const accept of ["text/event-stream", "application/json"]) {
      await get(accept, { signal: AbortSignal.abort() });
    }
    expect(runs).toBe(0);
    await expect.poll(() => ended.map(({ left }) => left)).toEqual([true, true]);
  });

  it("keeps a handler's AsyncLocalStorage, whoever wakes it", async () => {
    const { AsyncLocalStorage } = await import("node:async_hooks");
    const storage = new AsyncLocalStorage<string>();
    const seen = new Set<string | undefined>();
    const { get } = setUp({
      items: async function* () {
        for (let n = 0; n < 20; n++) {
          seen.add(storage.getStore());
          yield "x".repeat(20_000);
        }
      },
    });
    const response = await storage.run("own", () => get("application/x-ndjson"));
    await storage.run("reader", () => response.text());
    expect([...seen]).toEqual(["own"]);
  });

  it("ends a stream whose item JSON cannot hold, and its handler", async () => {
    const steps: string[] = [];
    const { get, logger, ended } = setUp({
      items: async function* () {
        try {
          yield 1;
          yield 2n;
        } finally {
          steps.push("finally");
        }
      },
    });
    const text = await (await get("application/x-ndjson")).text();
    expect(text).toBe('{"id":1,"data":1}\n{"fail":{"title":"Internal Server Error","status":500}}\n');
    await expect.poll(() => ended).toMatchObject([{ items: 1, left: false }]);
    expect(steps).toEqual(["finally"]);
    expect(logger.records).toHaveLength(1);
  });

  it("tells a closed mediator as 503, and what exposeErrors shows", async () => {
    const shown = setUp({
      exposeErrors: true,
      save: () => {
        throw Object.assign(new Error("why"), { code: "E_WHY" });
      },
    });
    expect(await (await shown.post()).json()).toEqual({
      title: "Internal Server Error",
      status: 500,
      code: "E_WHY",
      detail: "why",
    });
    await shown.mediator.close();
    expect(await (await shown.post()).json()).toEqual({
      title: "Service Unavailable",
      status: 503,
      code: "SLUICE_MEDIATOR_CLOSED",
    });
  });

  it("answers, whatever its hooks throw", async () => {
    const failing = () => {
      throw new Error("a hook fails");
    };
    for (const hook of ["authenticate", "metadata", "scope", "problem", "onEnd"] as const) {
      const { post, logger } = setUp({
        [hook]: failing,
        ...(hook === "problem" && { save: failing }),
      });
      expect((await post()).status).toBe(hook === "onEnd" ? 204 : 500);
      await expect.poll(() => logger.records.length).toBeGreaterThan(0);
    }
  });

  it("joins the scope that the hook gives, and does not close it (U3)", async () => {
    const scope = {
      resolve: <T>(token: abstract new () => T) => new (token as new () => T)(),
      close: failing,
    };
    async function failing() {
      throw new Error("It was closed.");
    }
    const { post, ended } = setUp({ scope: () => scope });
    expect((await post()).status).toBe(204);
    expect(ended).toMatchObject([{ status: 204, error: undefined }]);
  });

  it.each<[string, unknown, HttpHandlerOptions]>([
    ["a class twice", {}, { stream: [Items, Items] }],
    ["a class both ways", {}, { stream: [Items], send: [Items] }],
    ["two classes of one name", {}, { stream: [Items, { name: "Items", message: Save }] }],
    ["a name with a slash", {}, { stream: [{ name: "a/b", message: Items }] }],
    ["a name alone", {}, { stream: ["Items" as never] }],
    ["a class of something else", {}, { stream: [Date as never] }],
    ["a base path without an end", {}, { basePath: "/api" }],
    ["a limit of nothing", {}, { limits: { streams: 0 } }],
    ["a limit that there is none of", {}, { limits: { stream: 5 } as never }],
    ["a heartbeat of no time", {}, { heartbeatMs: 0 }],
    ["a hook that is none", {}, { authenticate: true as never }],
    ["no mediator", null, { send: [Save] }],
  ])("refuses %s", (_, mediator, options) => {
    const whole = mediator === null ? {} : setUp({}).mediator;
    expect(() => createHttpHandler(whole, options)).toThrow(InvalidOptionError);
  });
});
