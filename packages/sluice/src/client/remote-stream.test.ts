import { afterEach, describe, expect, it, vi } from "vitest";
import type { ItemStream } from "../handlers/context-mediator.js";
import { collect } from "../mediator/flow.fixture.js";
import { answering, Body, framesOf, ndjson, rejection } from "./answering.fixture.js";
import { ConnectionLostError, ProtocolError } from "./client-errors.js";
import { createClient } from "./create-client.js";
import { Watch } from "./far.fixture.js";
import { watchedSignal } from "./watched-signal.fixture.js";

const client = (...answers: Parameters<typeof answering>) => {
  const { fetch, seen } = answering(...answers);
  return { ...createClient("http://far/", { fetch }), seen };
};

afterEach(() => {
  vi.useRealTimers();
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
