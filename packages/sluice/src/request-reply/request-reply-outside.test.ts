import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { stateOf } from "../handlers/recording.fixture.js";
import { rejection } from "../mediator/flow.fixture.js";
import { controlMessage, replyMessage } from "./protocol.js";
import { Ask, Count, settle, useBed } from "./request-reply.fixture.js";
import { NoReplyError } from "./request-reply-errors.js";

const held = useBed();

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
    const { headers } = replyMessage("response", "asking.replies", bed.firstPlace, undefined);
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
