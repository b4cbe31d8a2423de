import { describe, expect, it, vi } from "vitest";
import { RemoteError } from "../client/client-errors.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { stateOf } from "../handlers/recording.fixture.js";
import { ProblemError } from "../http/problem.js";
import { quiet, rejection } from "../mediator/flow.fixture.js";
import { controlMessage, replyMessage } from "./protocol.js";
import { Ask, Count, Heard, Unbound, useBed } from "./request-reply.fixture.js";
import { NoReplyError, ResponderLostError } from "./request-reply-errors.js";

const held = useBed();

/** Lets both sides and the broker go on until nothing moves. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await quiet();
}

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
    const [request] = bed.broker.published;
    const requesterId = request?.headers["reply-requester"] ?? "";
    const reply = (run: string, place: number, payload: unknown) =>
      bed.broker.publish([
        replyMessage(
          "item",
          "asking.replies",
          { requester: requesterId, requestId: request?.id ?? "", run, place },
          payload,
        ),
      ]);
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
    const [request] = bed.broker.published;
    const at = {
      requester: request?.headers["reply-requester"] ?? "",
      requestId: request?.id ?? "",
      place: 0,
    };
    await bed.broker.publish([
      replyMessage("item", "asking.replies", { ...at, run: "run 1", place: 1 }, 2),
      replyMessage("item", "asking.replies", { ...at, run: "run 2" }, "anew"),
      replyMessage("item", "asking.replies", { ...at, run: "run 1" }, "old"),
    ]);
    expect(await first).toEqual({ done: false, value: "anew" });
    await stream.return();
  });
});

describe("a lost side", () => {
  it("a requester that was killed is noticed: its handlers are aborted after 30 s of silence", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request({ credit: 2 });
    await requester.stream(new Count(null)).next();
    await settle();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bed.contexts[0]?.signal.aborted).toBe(false);
    // As if it were killed: it says nothing more.
    vi.spyOn(bed.broker, "publish").mockImplementation(async () => {});
    await vi.advanceTimersByTimeAsync(50_000);
    expect(bed.contexts[0]?.signal.aborted).toBe(true);
    expect(bed.counted.at(-1)).toBe("finally");
  });

  it("a requester that closes ends what is under way, here and there", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    const refused = rejection(requester.send(new Ask("a")));
    await settle();
    await requester.close();
    expect(await refused).toMatchObject({ code: "SLUICE_BROKER_CLOSED" });
    await settle();
    expect(bed.contexts[0]?.signal.aborted).toBe(true);
    expect(await rejection(requester.send(new Ask("b")))).toMatchObject({ code: "SLUICE_BROKER_CLOSED" });
    await bed.gates.openAll();
    expect(vi.getTimerCount()).toBe(1);
  });

  it("a responder that closes waits for what it handles, and leaves nothing behind", async () => {
    const { bed } = held;
    const responder = await bed.respond();
    const requester = await bed.request();
    const answer = requester.send(new Ask("a"));
    await settle();
    const closed = responder.close();
    expect(await stateOf(closed)).toBe("pending");
    await bed.gates.open("a");
    await closed;
    expect(await answer).toBe("a!");
    await requester.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("what comes from outside", () => {
  const plain = { id: "m-1", name: "ask", topic: "asking", timestamp: new Date(0), headers: {}, payload: {} };
  const bytes = new Uint8Array([1, 2, 3]);

  async function deadLetters() {
    const queue = await held.bed.broker.deadLetterQueue("answerers.dead-letters");
    return (await queue.list()).map(({ message }) => message.raw);
  }

  it("is a dead letter where it asks for no reply, or is no CloudEvent, and others go on (M2)", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    await bed.broker.publish([plain]);
    const headers = { "reply-to": "asking.replies", "reply-requester": "somebody" };
    await bed.broker.forward({ raw: { headers, body: bytes } }, { topic: "asking" });
    const answer = requester.send(new Ask("a"));
    await settle();
    await bed.gates.open("a");
    expect(await answer).toBe("a!");
    const [first, second] = await deadLetters();
    expect(first?.headers).toMatchObject({ "dead-letter-reason": "SLUICE_NO_REPLY_WANTED" });
    expect(second).toMatchObject({
      body: bytes,
      headers: { "dead-letter-reason": "SLUICE_MALFORMED_MESSAGE" },
    });
  });

  it("is left alone where it is no reply or control of ours, or of nobody's, and is not tried again", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request();
    const at = { requester: "somebody", requestId: "r", run: "x", place: 0 };
    await bed.broker.publish([
      replyMessage("item", "asking.replies", at, 1),
      { ...plain, topic: "asking.replies" },
      controlMessage("credit", "asking", "somebody", "unknown", 10),
      { ...controlMessage("cancel", "asking", "somebody", "unknown"), name: "sluice.request.other" },
    ]);
    for (const topic of ["asking.replies", "asking.control"])
      await bed.broker.forward({ raw: { headers: {}, body: bytes } }, { topic });
    const answer = requester.send(new Ask("a"));
    await settle();
    await bed.gates.open("a");
    expect(await answer).toBe("a!");
    expect(bed.logger.lines).toEqual([]);
    expect(bed.broker.deadLetters).toEqual([]);
  });

  it("fails the call that it is for where it cannot be read", async () => {
    const { bed } = held;
    const requester = await bed.request();
    const failed = rejection(requester.send(new Ask("a")));
    await settle();
    const [request] = bed.broker.published;
    const headers = {
      "reply-requester": request?.headers["reply-requester"] ?? "",
      "reply-request": request?.id ?? "",
      "reply-run": "run 1",
      "reply-place": "0",
    };
    await bed.broker.forward({ raw: { headers, body: bytes } }, { topic: "asking.replies" });
    expect(await failed).toMatchObject({ code: "SLUICE_MALFORMED_MESSAGE" });
    expect(bed.broker.deadLetters).toEqual([]);
  });

  it("has its handler run no more than four times where the reply cannot be sent, then it is a dead letter", async () => {
    const { bed } = held;
    await bed.respond();
    const requester = await bed.request({ timeoutMs: 60_000 });
    const answer = rejection(requester.send(new Ask("a")));
    await settle();
    const publish = bed.broker.publish.bind(bed.broker);
    vi.spyOn(bed.broker, "publish").mockImplementation(async (messages) => {
      if (messages.some(({ name }) => name.startsWith("sluice.reply"))) throw new Error("no such topic");
      await publish(messages);
    });
    for (let n = 0; n < 10; n++) {
      if (bed.gates.waiting.length > 0) await bed.gates.open("a");
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(bed.gates.arrived).toEqual(["a", "a", "a", "a"]);
    expect((await deadLetters()).map(({ headers }) => headers["dead-letter-error"])).toEqual([
      "no such topic",
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answer).toBeInstanceOf(NoReplyError);
  });

  it("is told where it comes too late, by the clock here", async () => {
    const { bed } = held;
    await bed.respond();
    const headers = { "reply-to": "asking.replies", "reply-requester": "x", "reply-deadline": "1" };
    await bed.broker.publish([{ ...plain, headers, payload: { what: "a" } }]);
    await settle();
    expect(bed.gates.arrived).toEqual([]);
    expect(bed.logger.lines).toEqual([
      expect.stringMatching(
        /^warn: Request m-1 came to asking \d+ ms after its requester had stopped waiting/,
      ),
    ]);
  });

  it.each<[string, object]>([
    ["broker", { broker: {} }],
    ["topic", { topic: "" }],
    ["registry", { registry: {} }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["credit", { credit: 0 }],
  ])("connectRequester refuses a bad %s", async (option, given) => {
    const error = await rejection<InvalidOptionError>(held.bed.request(given));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.option).toBe(`connectRequester ${option}`);
  });

  it.each<[string, object]>([
    ["broker", { broker: {} }],
    ["topic", { topic: 7 }],
    ["group", { group: "" }],
    ["registry", { registry: {} }],
    ["mediator", { mediator: {} }],
  ])("startResponder refuses a bad %s", async (option, given) => {
    const error = await rejection<InvalidOptionError>(held.bed.respond(given));
    expect(error.option).toBe(`startResponder ${option}`);
  });
});
