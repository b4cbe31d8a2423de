import { describe, expect, it, vi } from "vitest";
import { collect, RecordingLogger } from "../mediator/flow.fixture.js";
import { answering, framesOf, ndjson, rejection } from "./answering.fixture.js";
import { createClient } from "./create-client.js";
import { Ask, Watch } from "./far.fixture.js";

const refused = () => Promise.reject(new TypeError("fetch failed"));
const busy = () => new Response("", { status: 503 });
const json = (value: unknown) => () => Response.json(value);
const logger = new RecordingLogger();
const retry = { attempts: 3, delay: 0 };

describe("without leave, nothing is sent twice", () => {
  it.each([
    ["a command", new Watch()],
    ["a query", new Ask("?")],
  ])("%s", async (_, request) => {
    const { fetch, seen } = answering(refused, refused);
    const client = createClient("http://far/", { fetch, logger });
    expect(await rejection(client.send(request))).toMatchObject({ code: "SLUICE_CONNECTION_LOST" });
    expect(await rejection(client.stream(request).next())).toMatchObject({ code: "SLUICE_CONNECTION_LOST" });
    expect(seen).toHaveLength(2);
  });

  it("a command, by a client that tries queries again", async () => {
    const { fetch, seen } = answering(refused, busy);
    const client = createClient("http://far/", { fetch, logger, retry });
    await rejection(client.send(new Watch()));
    await rejection(client.stream(new Watch()).next());
    expect(seen).toHaveLength(2);
  });
});

describe("what may be tried again", () => {
  it("a query, with headers made afresh for each try", async () => {
    const { fetch, seen } = answering(refused, busy, json("answer"));
    let token = 0;
    const headers = async () => ({ authorization: `Bearer ${++token}` });
    const client = createClient("http://far/", { fetch, logger, retry, headers });
    expect(await client.send(new Ask("?"))).toBe("answer");
    expect(seen.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer 1",
      "Bearer 2",
      "Bearer 3",
    ]);
  });

  it("a command, where its call says so", async () => {
    const { fetch, seen } = answering(refused, json("done"));
    const client = createClient("http://far/", { fetch, logger });
    expect(await client.send(new Watch(), { retry })).toBe("done");
    expect(seen).toHaveLength(2);
  });

  it("not a query whose call says no", async () => {
    const { fetch, seen } = answering(refused);
    const client = createClient("http://far/", { fetch, logger, retry });
    await rejection(client.send(new Ask("?"), { retry: false }));
    expect(seen).toHaveLength(1);
  });

  it("a stream of which nothing has arrived, whatever was wrong with the connection", async () => {
    const fail = ndjson('{"fail":{"title":"Service Unavailable","status":503}}\n');
    const { fetch, seen } = answering(ndjson("\n"), fail, ndjson(framesOf([1, 2])));
    const client = createClient("http://far/", { fetch, logger });
    expect(await collect(client.stream(new Watch(), { retry }))).toEqual([1, 2]);
    expect(seen).toHaveLength(3);
  });

  it("not a stream of which an item has arrived", async () => {
    const { fetch, seen } = answering(refused, ndjson('{"id":1,"data":1}\n'));
    const items = createClient("http://far/", { fetch, logger }).stream(new Watch(), { retry });
    expect((await items.next()).value).toBe(1);
    expect(await rejection(items.next())).toMatchObject({ code: "SLUICE_CONNECTION_LOST", items: 1 });
    expect(seen).toHaveLength(2);
  });

  it("no sooner than the far end asks for, and not at all where that is too long", async () => {
    vi.useFakeTimers();
    const later = (seconds: string) => () =>
      new Response("", { status: 429, headers: { "retry-after": seconds } });
    const { fetch, seen } = answering(later("5"), json("answer"), later("11"));
    const client = createClient("http://far/", { fetch, logger, retry });
    const answer = client.send(new Ask("?"));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toBe("answer");
    expect(await rejection(client.send(new Ask("?")))).toMatchObject({ status: 429, retryAfterMs: 11_000 });
    vi.useRealTimers();
  });

  it("only so often; then the last error is told", async () => {
    const { fetch, seen } = answering(refused, refused, busy);
    const client = createClient("http://far/", { fetch, logger, retry });
    expect(await rejection(client.send(new Ask("?")))).toMatchObject({ code: "SLUICE_REMOTE", status: 503 });
    expect(seen).toHaveLength(3);
  });

  it.each([400, 401, 404, 409, 410, 422, 500, 501])("not what failed with %i", async (status) => {
    const { fetch, seen } = answering(() => new Response("", { status }));
    const client = createClient("http://far/", { fetch, logger, retry });
    expect(await rejection(client.send(new Ask("?")))).toMatchObject({ status });
    expect(seen).toHaveLength(1);
  });

  it.each([408, 425, 429, 502, 503, 504])("what failed with %i", async (status) => {
    const { fetch } = answering(() => new Response("", { status }), json("answer"));
    expect(await createClient("http://far/", { fetch, logger, retry }).send(new Ask("?"))).toBe("answer");
  });

  it("what retryOn says", async () => {
    const { fetch, seen } = answering(() => new Response("", { status: 500 }), refused);
    const retryOn = (error: unknown) => (error as { status?: number }).status === 500;
    const client = createClient("http://far/", { fetch, logger, retry: { ...retry, retryOn } });
    await rejection(client.send(new Ask("?")));
    expect(seen).toHaveLength(2);
  });

  it("not what the caller has left, and the wait for the next try ends with it", async () => {
    const reason = new Error("enough");
    for (const call of ["send", "next"] as const) {
      const { fetch, seen } = answering(refused, refused);
      const controller = new AbortController();
      const told = new RecordingLogger();
      told.warn = () => queueMicrotask(() => controller.abort(reason));
      const client = createClient("http://far/", {
        fetch,
        logger: told,
        retry: { attempts: 9, delay: () => 1e9 },
      });
      const { signal } = controller;
      const answer =
        call === "send"
          ? client.send(new Ask("?"), { signal })
          : client.stream(new Ask("?"), { signal }).next();
      expect(await rejection(answer)).toBe(reason);
      expect(seen).toHaveLength(1);
    }
  });

  it("not a stream that is left while it waits for the next try", async () => {
    const { fetch, seen } = answering(refused, refused);
    const waiting = Promise.withResolvers<void>();
    const told = new RecordingLogger();
    told.warn = () => queueMicrotask(waiting.resolve);
    const client = createClient("http://far/", {
      fetch,
      logger: told,
      retry: { attempts: 9, delay: () => 1e9 },
    });
    const items = client.stream(new Ask("?"));
    const pending = items.next();
    await waiting.promise;
    await items.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(seen).toHaveLength(1);
  });

  it("and the logger is told", async () => {
    const told = new RecordingLogger();
    const { fetch } = answering(busy, json(1));
    await createClient("http://far/", { fetch, logger: told, retry }).send(new Ask("?"));
    expect(told.lines).toEqual(["warn: Ask failed; try 2 of 3 follows in 0 ms."]);
  });
});
