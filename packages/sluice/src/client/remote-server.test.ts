import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { ItemStream } from "../handlers/context-mediator.js";
import type { Served } from "../http/node/serve.fixture.js";
import { ProblemError } from "../http/problem.js";
import { collect } from "../mediator/flow.fixture.js";
import { rejection } from "./answering.fixture.js";
import { ConnectionLostError, RemoteError } from "./client-errors.js";
import { createClient } from "./create-client.js";
import { serveFar, Watch } from "./far.fixture.js";
import { watchedSignal } from "./watched-signal.fixture.js";

let far: Served | undefined;

async function clientOf(watch: Parameters<typeof serveFar>[0]["watch"]) {
  far = await serveFar({ watch });
  return createClient(far.url);
}

afterEach(async () => {
  await far?.close();
  far = undefined;
});

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
