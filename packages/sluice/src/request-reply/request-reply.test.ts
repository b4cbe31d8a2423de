import { describe, expect, it, vi } from "vitest";
import { RemoteError } from "../client/client-errors.js";
import { ProblemError } from "../http/problem.js";
import { rejection } from "../mediator/flow.fixture.js";
import { replyMessage } from "./protocol.js";
import { Ask, Count, Heard, settle, Unbound, useBed } from "./request-reply.fixture.js";
import { NoReplyError, ResponderLostError } from "./request-reply-errors.js";

const held = useBed();

describe("send over a broker", () => {
  it("gives the response of the far handler, which has the flow and a signal", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    const metadata = { correlationId: "c-1", causationId: "e-1", headers: { tenant: "t-1" } };
    const answer = requester.send(new Ask("a"), { metadata });
    await settle();
    await bed.gates.open("a");
    expect(await answer).toBe("a!");
    expect(bed.contexts[0]?.metadata).toMatchObject({ correlationId: "c-1", causationId: "e-1" });
    expect(bed.contexts[0]?.metadata.headers).toMatchObject({ tenant: "t-1" });
  });

  it("answers each requester its own, whatever the order in which they are done", async () => {
    const { bed } = held;
    await bed.respond();
    const [one, two] = [await bed.request(), await bed.request()];
    const answers = [one.send(new Ask("a")), two.send(new Ask("b")), one.send(new Ask("c"))];
    await settle();
    for (const name of ["c", "b", "a"]) await bed.gates.open(name);
    expect(await Promise.all(answers)).toEqual(["a!", "b!", "c!"]);
  });

  it("rejects after timeoutMs, and the far handler is told to stop", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request({ timeoutMs: 5_000 });
    const refused = rejection<NoReplyError>(requester.send(new Ask("a")));
    await settle();
    await vi.advanceTimersByTimeAsync(5_000);
    const error = await refused;
    expect(error).toBeInstanceOf(NoReplyError);
    expect(error).toMatchObject({ request: "ask", timeoutMs: 5_000, items: 0 });
    await settle();
    expect(bed.contexts[0]?.signal.aborted).toBe(true);
    await bed.gates.openAll();
  });

  it("rejects at once when its signal aborts, and the far handler is told to stop", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    const aborting = new AbortController();
    const refused = rejection(requester.send(new Ask("a"), { signal: aborting.signal }));
    await settle();
    aborting.abort(new Error("gone"));
    expect((await refused).message).toBe("gone");
    await settle();
    expect(bed.contexts[0]?.signal.aborted).toBe(true);
    await bed.gates.openAll();
  });

  it("is not begun when nobody waits any more", async () => {
    const { bed } = held;
    const requester = await bed.request({ timeoutMs: 1_000 });
    const early = rejection(requester.send(new Ask("a")));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await early).toBeInstanceOf(NoReplyError);
    await vi.advanceTimersByTimeAsync(1);
    await bed.respond();
    await settle();
    expect(bed.contexts).toEqual([]);
  });

  it("that was called off before it came there is not begun", async () => {
    const { bed } = held;
    const requester = await bed.request();
    const aborting = new AbortController();
    await bed.respond({ concurrency: 1 });
    const first = requester.send(new Ask("a"));
    await settle();
    const second = rejection(requester.send(new Ask("b"), { signal: aborting.signal }));
    await settle();
    aborting.abort(new Error("gone"));
    await second;
    await settle();
    await bed.gates.open("a");
    await first;
    await settle();
    expect(bed.gates.arrived).toEqual(["a"]);
  });
});

describe("a far handler that fails", () => {
  it("is told as over HTTP: a problem of its own, and nothing internal", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    bed.failAt = 1;
    const hidden = await rejection<RemoteError>(requester.stream(new Count(3)).next());
    expect(hidden).toBeInstanceOf(RemoteError);
    expect(hidden).toMatchObject({ status: 500, items: 0, problem: { title: "Internal Server Error" } });
    expect(hidden.message).not.toContain("password");
    bed.error = new ProblemError({ title: "Out of stock", status: 409, code: "OUT_OF_STOCK" });
    const told = await rejection<RemoteError>(requester.stream(new Count(3)).next());
    expect(told.problem).toMatchObject({ status: 409, code: "OUT_OF_STOCK" });
  });

  it("in the midst of a stream is told after the items that came before (S6)", async () => {
    const { bed } = held;
    await bed.respond({ exposeErrors: true });
    const requester = await bed.request();
    bed.failAt = 3;
    const items: number[] = [];
    const reading = (async () => {
      for await (const item of requester.stream(new Count(5))) items.push(item);
    })();
    expect(await rejection<RemoteError>(reading)).toMatchObject({
      items: 2,
      problem: { detail: "the password is secret" },
    });
    expect(items).toEqual([1, 2]);
  });

  it.each([
    ["nothing is bound to", new Unbound(), "SLUICE_NO_HANDLER", 404],
    ["that is an event", new Heard() as never, undefined, 500],
  ])("a request %s is refused", async (_, request, code, status) => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    const error = await rejection<RemoteError>(requester.send(request));
    expect(error.problem).toMatchObject({ status, ...(code && { code }) });
  });
});

describe("stream over a broker", () => {
  it("gives the items in their order, and ends", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    const items: number[] = [];
    for await (const item of requester.stream(new Count(100))) items.push(item);
    expect(items).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(vi.getTimerCount()).toBe(1);
  });

  it("does nothing before the first next() (S1)", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    const stream = requester.stream(new Count(3));
    await settle();
    expect(bed.broker.published).toEqual([]);
    await stream.return();
    await settle();
    expect(bed.broker.published).toEqual([]);
  });

  it("runs no further ahead than its credit: a slow caller slows the far generator", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request({ credit: 4 });
    const stream = requester.stream(new Count(null));
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await settle();
    // Four were granted; the fifth waits at its yield.
    expect(bed.counted).toEqual([1, 2, 3, 4, 5]);
    await stream.next();
    await stream.next();
    await settle();
    expect(bed.counted.length).toBeLessThanOrEqual(4 + 3 + 1);
    for (let n = 4; n <= 50; n++) expect(await stream.next()).toEqual({ done: false, value: n });
    await stream.return();
  });

  it("ends the far generator when the caller leaves (S7)", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request({ credit: 2 });
    for await (const item of requester.stream(new Count(null))) if (item === 3) break;
    await settle();
    expect(bed.counted.at(-1)).toBe("finally");
    expect(bed.contexts[0]?.signal.aborted).toBe(true);
  });

  it("ends a next() that waits when it is returned meanwhile", async () => {
    const { bed } = held;
    const requester = await bed.request();
    const stream = requester.stream(new Count(3));
    const waiting = stream.next();
    await settle();
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it("rejects where the process that streamed died and another one began anew", async () => {
    const { bed } = held;
    const requester = await bed.request();
    const stream = requester.stream(new Count(3));
    const first = stream.next();
    await settle();
    const at = bed.firstPlace;
    const reply = (run: string, place: number, payload: unknown) =>
      bed.broker.publish([replyMessage("item", "asking.replies", { ...at, run, place }, payload)]);
    await reply("run 1", 0, 1);
    expect(await first).toEqual({ done: false, value: 1 });
    await reply("run 1", 0, 1);
    await reply("run 2", 0, 1);
    const error = await rejection<ResponderLostError>(stream.next());
    expect(error).toBeInstanceOf(ResponderLostError);
    expect(error.items).toBe(1);
  });

  it("begins anew unseen where that process died before the first item was taken", async () => {
    const { bed } = held;
    const requester = await bed.request();
    const stream = requester.stream(new Count(3));
    const first = stream.next();
    await settle();
    const at = bed.firstPlace;
    await bed.broker.publish([
      replyMessage("item", "asking.replies", { ...at, place: 1 }, 2),
      replyMessage("item", "asking.replies", { ...at, run: "run 2" }, "anew"),
      replyMessage("item", "asking.replies", at, "old"),
    ]);
    expect(await first).toEqual({ done: false, value: "anew" });
    await stream.return();
  });
});
