import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ItemStream } from "../handlers/context-mediator.js";
import type { Served } from "../http/node/serve.fixture.js";
import { ProblemError } from "../http/problem.js";
import { collect } from "../mediator/flow.fixture.js";
import { answering, Body, framesOf, ndjson, rejection } from "./answering.fixture.js";
import { ConnectionLostError, ProtocolError, RemoteError } from "./client-errors.js";
import { createClient } from "./create-client.js";
import { serveFar, Watch } from "./far.fixture.js";

let far: Served | undefined;

afterEach(async () => {
  vi.useRealTimers();
  await far?.close();
  far = undefined;
});

async function clientOf(watch: Parameters<typeof serveFar>[0]["watch"]) {
  far = await serveFar({ watch });
  return createClient(far.url);
}

const client = (...answers: Parameters<typeof answering>) => {
  const { fetch, seen } = answering(...answers);
  return { ...createClient("http://far/", { fetch }), seen };
};

/** Knows the listeners of a signal. */
function watchedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listening = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listening.add(given[1]);
    addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    listening.delete(given[1]);
    removeEventListener.apply(signal, given);
  };
  return { controller, signal, listeners: () => listening.size };
}

describe("a stream from afar, over a real server", () => {
  it("gives the items in order, and what the handler was sent", async () => {
    const { stream } = await clientOf(async function* ({ topic }) {
      yield { topic };
      yield "é😀\n\r\u2028";
      yield undefined;
      yield null;
    });
    expect(await collect(stream(new Watch("news")))).toEqual([
      { topic: "news" },
      "é😀\n\r\u2028",
      undefined,
      null,
    ]);
  });

  it("gives an item as soon as it is there", async () => {
    const more = Promise.withResolvers<void>();
    const { stream } = await clientOf(async function* () {
      yield 1;
      await more.promise;
      yield 2;
    });
    const items = stream(new Watch());
    expect(await items.next()).toEqual({ done: false, value: 1 });
    more.resolve();
    expect(await items.next()).toEqual({ done: false, value: 2 });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it("does nothing before the first next() (S1, S9)", async () => {
    let started = 0;
    const { stream } = await clientOf(async function* () {
      yield ++started;
    });
    const unread = stream(new Watch());
    await unread.return();
    expect(await unread.next()).toEqual({ done: true, value: undefined });
    expect(await collect(stream(new Watch()))).toEqual([1]);
  });

  it("holds up the far handler when nobody reads, and goes on from there (backpressure)", async () => {
    let yielded = 0;
    const text = "x".repeat(10_000);
    const { stream } = await clientOf(async function* () {
      for (; yielded < 5_000; ) yield { n: ++yielded, text };
    });
    const items = stream(new Watch<{ n: number }>());
    await items.next();
    // Both ends are in this process, so what does not move in many turns has come to rest.
    for (let [turns, before] = [0, yielded]; turns < 200; turns++) {
      await turn();
      if (yielded !== before) [turns, before] = [0, yielded];
    }
    // What lies in between are the sockets' buffers.
    expect(yielded).toBeLessThan(2_000);
    let last = 1;
    for await (const { n } of items) expect(n).toBe(++last);
    expect(last).toBe(5_000);
  });

  it.each<[string, (items: ItemStream<unknown>) => Promise<unknown>]>([
    ["break", (items) => items.return()],
    ["throw()", (items) => rejection(items.throw(new Error("enough")))],
    ["disposal", async (items) => items[Symbol.asyncDispose]()],
  ])("is ended by %s, and so is the far handler (S7)", async (_, leave) => {
    const ended = Promise.withResolvers<unknown>();
    const { stream } = await clientOf(async function* (_command, { signal }) {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        ended.resolve(signal.aborted);
      }
    });
    const items = stream(new Watch());
    await items.next();
    await leave(items);
    expect(await ended.promise).toBe(true);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it("ends a far handler that waits (S7)", async () => {
    const ended = Promise.withResolvers<void>();
    const { stream } = await clientOf(async function* (_command, { signal }) {
      yield 1;
      signal.addEventListener("abort", () => ended.resolve());
      await ended.promise;
    });
    for await (const _ of stream(new Watch())) break;
    await ended.promise;
  });

  it("answers a pending next() with the end when it is left", async () => {
    const { stream } = await clientOf(async function* (_command, { signal }) {
      yield 1;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    const items = stream(new Watch());
    await items.next();
    const pending = [items.next(), items.next()];
    await items.return();
    expect(await Promise.all(pending)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  it("delivers what came before a failure, then tells it as the far end exposes it (S6)", async () => {
    const { stream } = await clientOf(async function* () {
      yield 1;
      throw new ProblemError({ title: "Gone", status: 410, code: "FILE_GONE", detail: "It was deleted." });
    });
    const items = stream(new Watch());
    expect((await items.next()).value).toBe(1);
    const error = await rejection(items.next());
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      code: "SLUICE_REMOTE",
      request: "Watch",
      status: 410,
      items: 1,
      problem: { code: "FILE_GONE" },
      message: "Watch, after 1 item: the far end answered 410 Gone (FILE_GONE)\nIt was deleted.",
    });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it("says nothing of what the far end does not expose", async () => {
    const { stream } = await clientOf(async function* () {
      yield 1;
      throw new Error("password=hunter2");
    });
    const error = (await rejection(collect(stream(new Watch())))) as RemoteError;
    expect(error).toMatchObject({ status: 500, items: 1 });
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain("hunter2");
  });

  it("takes a connection that is cut for no end, and says what arrived", async () => {
    const { stream } = await clientOf(async function* () {
      yield 1;
      yield 2;
      await new Promise(() => {});
    });
    const items = stream(new Watch());
    await items.next();
    await items.next();
    const pending = rejection(items.next());
    await far?.close();
    far = undefined;
    const error = await pending;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ code: "SLUICE_CONNECTION_LOST", items: 2, request: "Watch" });
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it("rejects a pending next() at once with the signal's reason, and ends a stuck handler's stream (S8)", async () => {
    const aborted = Promise.withResolvers<void>();
    const { stream } = await clientOf(async function* (_command, { signal }) {
      signal.addEventListener("abort", () => aborted.resolve());
      yield 1;
      await new Promise(() => {});
    });
    const { controller, signal, listeners } = watchedSignal();
    const items = stream(new Watch(), { signal });
    await items.next();
    const pending = [items.next(), items.next()];
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await rejection(pending[0] as Promise<unknown>)).toBe(reason);
    expect(await pending[1]).toEqual({ done: true, value: undefined });
    await aborted.promise;
    expect(listeners()).toBe(0);
  });

  it("gives the connection back at the end, to be used again", async () => {
    const { stream } = await clientOf(async function* () {
      yield 1;
    });
    let connections = 0;
    far?.server.on("connection", () => connections++);
    for (let i = 0; i < 20; i++) expect(await collect(stream(new Watch()))).toEqual([1]);
    expect(connections).toBeLessThan(5);
  });
});

describe("an abort from outside (S8)", () => {
  const reason = new Error("enough");

  it("before the start is told by the first next(), and nothing is sent", async () => {
    const { stream, seen } = client();
    const items = stream(new Watch(), { signal: AbortSignal.abort(reason) });
    expect(await rejection(items.next())).toBe(reason);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(seen).toEqual([]);
  });

  it("between two calls drops what has come already, and is told once", async () => {
    const body = new Body([framesOf([1, 2, 3]).replace(/\{"end.*/, ""), new Promise(() => {})]);
    const { stream } = client(() => body.ndjson());
    const { controller, signal, listeners } = watchedSignal();
    const items = stream(new Watch(), { signal });
    await items.next();
    controller.abort(reason);
    await vi.waitFor(() => expect(body.cancelled).toBe(true));
    expect(await rejection(items.next())).toBe(reason);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(listeners()).toBe(0);
    expect(body.stream.locked).toBe(false);
  });

  it("does not wait for a fetch that honours no signal, and drops its late answer", async () => {
    const late = Promise.withResolvers<Response>();
    const body = new Body([framesOf([1])]);
    const { stream, seen } = client(() => late.promise);
    const controller = new AbortController();
    const pending = rejection(stream(new Watch(), { signal: controller.signal }).next());
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    controller.abort(reason);
    expect(await pending).toBe(reason);
    expect(seen[0]?.signal.reason).toBe(reason);
    late.resolve(body.ndjson());
    await vi.waitFor(() => expect(body.cancelled).toBe(true));
  });

  it("does not wait for headers", async () => {
    const { fetch } = answering();
    const controller = new AbortController();
    const { stream } = createClient("http://far/", { fetch, headers: () => new Promise(() => {}) });
    const pending = rejection(stream(new Watch(), { signal: controller.signal }).next());
    controller.abort(reason);
    expect(await pending).toBe(reason);
  });
});

describe("reading", () => {
  it("reads a piece only when an item is asked for that is not here (backpressure)", async () => {
    const [first, second] = [
      '{"id":1,"data":1}\n{"id":2,"data":2}\n',
      '{"id":3,"data":3}\n{"end":{"items":3}}\n',
    ];
    const body = new Body([first, second]);
    const { stream } = client(() => body.ndjson());
    const items = stream(new Watch());
    expect(body.reads).toBe(0);
    await items.next();
    expect(body.reads).toBe(1);
    await items.next();
    expect(body.reads).toBe(1);
    await items.next();
    expect(body.reads).toBe(2);
  });

  it("answers calls made at once in order (S10)", async () => {
    const { stream } = client(
      ndjson('{"id":1,"data":1}\n', '{"id":2,"data":2}\n{"id":3,', '"data":3}\n{"end":{"items":3}}\n'),
    );
    const items = stream(new Watch());
    const order: number[] = [];
    const calls = Array.from({ length: 5 }, async (_, i) => {
      const result = await items.next();
      order.push(i);
      return result;
    });
    expect((await Promise.all(calls)).map(({ done, value }) => (done ? "done" : value))).toEqual([
      1,
      2,
      3,
      "done",
      "done",
    ]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it("is the same wherever the bytes are cut, within a character too", async () => {
    const items = ["é", "😀", { ключ: "值" }];
    const bytes = new TextEncoder().encode(`\uFEFF\n${framesOf(items)}`);
    for (let at = 0; at <= bytes.length; at++) {
      const { stream } = client(ndjson(bytes.slice(0, at), bytes.slice(at)));
      expect(await collect(stream(new Watch()))).toEqual(items);
    }
    const { stream } = client(ndjson(...Array.from(bytes, (byte) => Uint8Array.of(byte))));
    expect(await collect(stream(new Watch()))).toEqual(items);
  });

  it("finds every cut of a stream before its end: what arrived is delivered, then the loss is told", async () => {
    const bytes = new TextEncoder().encode(framesOf(["é", "😀", 3]));
    for (let at = 0; at < bytes.length - 1; at++) {
      for (const how of [[], [new Error("reset")]]) {
        const { stream } = client(ndjson(bytes.slice(0, at), ...how));
        const received: unknown[] = [];
        const error = await rejection(
          (async () => {
            for await (const item of stream(new Watch())) received.push(item);
          })(),
        );
        expect(error).toBeInstanceOf(ConnectionLostError);
        expect((error as ConnectionLostError).items).toBe(received.length);
        expect(received).toEqual(["é", "😀", 3].slice(0, received.length));
      }
    }
  });

  it("waits for the end of the body after the last frame, so that the connection can be used again", async () => {
    const late = Promise.withResolvers<void>();
    const body = new Body([framesOf([1]), late.promise]);
    const { stream } = client(() => body.ndjson());
    const items = stream(new Watch());
    expect(await collect(items)).toEqual([1]);
    await items.return();
    late.resolve();
    await vi.waitFor(() => expect(body.stream.locked).toBe(false));
    expect(body.cancelled).toBe(false);
  });

  it("leaves no lock and no listener behind at the end, on failure, or when left", async () => {
    const endings: [string, (items: ItemStream<unknown>) => Promise<unknown>][] = [
      [framesOf([1]), (items) => collect(items)],
      ['{"id":1,"data":1}\n', (items) => rejection(collect(items))],
      ["broken\n", (items) => rejection(items.next())],
      ['{"fail":{"title":"Gone","status":410}}\n', (items) => rejection(items.next())],
      [framesOf([1, 2]), (items) => items.next().then(() => items.return())],
      [framesOf([1, 2]), (items) => items.next().then(() => rejection(items.throw(new Error("enough"))))],
    ];
    for (const [text, read] of endings) {
      const body = new Body([text]);
      const { stream } = client(() => body.ndjson());
      const { signal, listeners } = watchedSignal();
      const items = stream(new Watch(), { signal });
      await read(items);
      expect(listeners(), text).toBe(0);
      await vi.waitFor(() => expect(body.stream.locked, text).toBe(false));
    }
  });
});

describe("a protocol that is not kept", () => {
  it.each([
    ["<html>\n", "Watch: a frame is not JSON."],
    ['{"id":1,"data":1}\n{"id":3,"data":3}\n', "Watch, after 1 item: item 3 came, where 2 should."],
    [Uint8Array.of(0x22, 0xff, 0x22), "Watch: the answer is not UTF-8."],
  ])("is an error that says what came: %s", async (piece, message) => {
    const body = new Body([piece, new Promise(() => {})]);
    const { stream } = client(() => body.ndjson());
    const error = await rejection(collect(stream(new Watch())));
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as Error).message).toBe(message);
    expect(body.cancelled).toBe(true);
  });

  it("is one when a frame never ends (maxLength)", async () => {
    function* endless() {
      for (;;) yield "x".repeat(100);
    }
    const body = new Body(endless());
    const { fetch } = answering(() => body.ndjson());
    const { stream } = createClient("http://far/", { fetch, maxLength: 1_000 });
    const error = await rejection(stream(new Watch()).next());
    expect((error as Error).message).toBe("Watch: a frame is longer than 1000 characters.");
    expect(body.reads).toBe(11);
    expect(body.cancelled).toBe(true);
  });
});

describe("silence (idleTimeoutMs)", () => {
  it("of 45 s while an item is waited for is a lost connection; heartbeats break it", async () => {
    vi.useFakeTimers();
    const beats = [1, 2].map(() => Promise.withResolvers<void>());
    const body = new Body([
      '{"id":1,"data":1}\n',
      ...beats.flatMap(({ promise }) => [promise, "\n"]),
      new Promise(() => {}),
    ]);
    const { stream } = client(() => body.ndjson());
    const items = stream(new Watch());
    await items.next();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(100_000);
    const pending = rejection(items.next());
    for (const { resolve } of beats) {
      await vi.advanceTimersByTimeAsync(44_000);
      resolve();
      await vi.advanceTimersByTimeAsync(0);
    }
    await vi.advanceTimersByTimeAsync(45_000);
    const error = await pending;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect((error as Error).message).toBe(
      "Watch, after 1 item: nothing came for 45000 ms, not even a heartbeat. Whether it was handled is unknown; allow " +
        "a retry only where it may be handled twice.",
    );
    expect(body.cancelled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("counts before the answer begins, too", async () => {
    vi.useFakeTimers();
    const { fetch, seen } = answering(() => new Promise<Response>(() => {}));
    const { stream } = createClient("http://far/", { fetch, idleTimeoutMs: 10 });
    const pending = rejection(stream(new Watch()).next());
    await vi.advanceTimersByTimeAsync(10);
    expect(await pending).toBeInstanceOf(ConnectionLostError);
    expect(seen[0]?.signal.aborted).toBe(true);
  });

  it("may last for ever with 0", async () => {
    vi.useFakeTimers();
    const { fetch } = answering(() => new Promise<Response>(() => {}));
    void createClient("http://far/", { fetch, idleTimeoutMs: 0 }).stream(new Watch()).next();
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
