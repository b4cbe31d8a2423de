import { describe, expect, it, vi } from "vitest";
import type { Message } from "../brokers/message.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { stateOf } from "../handlers/recording.fixture.js";
import { quiet, rejection } from "../mediator/flow.fixture.js";
import { useBed } from "./consumer.fixture.js";
import { deadLetterReason } from "./dead-letter-headers.js";

const held = useBed();

describe("a consumer", () => {
  it("sends requests, publishes domain events, and reads streams to their end", async () => {
    const { bed } = held;
    const replies: Message[] = [];
    await bed.broker.subscribe({ topics: ["counted"], onMessage: (message) => void replies.push(message) });
    await bed.consume({ replyTopic: "counted" });
    await bed.todos("a1");
    await bed.publish(
      { id: "m-2", name: "noticed", payload: { what: "n1" } },
      { id: "m-3", name: "count", payload: { to: 2 }, headers: { tenant: "t", "correlation-id": "c-1" } },
    );
    await quiet();
    expect(bed.gates.waiting).toEqual(["a1", "n1"]);
    await quiet();
    const told = replies.map(({ id, name, payload, key }) => ({ id, name, payload, key }));
    expect(told).toEqual([
      { id: "m-3/0", name: "count.item", payload: 1, key: "m-3" },
      { id: "m-3/1", name: "count.item", payload: 2, key: "m-3" },
      { id: "m-3/end", name: "count.completed", payload: { items: 2 }, key: "m-3" },
    ]);
    await bed.gates.openAll();
    // A request that has no response is completed; an event is none.
    expect(replies.slice(3).map(({ name }) => name)).toEqual(["todo.completed"]);
    expect(replies[0]?.headers).toEqual({ tenant: "t", "correlation-id": "c-1", "causation-id": "m-3" });
  });

  it("hands on the flow that a message belongs to, its headers, and a signal", async () => {
    const { bed } = held;
    await bed.consume();
    const headers = { "correlation-id": "c-1", "causation-id": "e-1", tenant: "t-1" };
    await bed.publish({ payload: { what: "a1" }, headers });
    await bed.publish({ id: "m-2", payload: { what: "b1" } });
    await quiet();
    const [first, second] = bed.contexts;
    expect(first?.metadata).toMatchObject({
      correlationId: "c-1",
      causationId: "e-1",
      headers: { tenant: "t-1" },
    });
    const begun = { messageId: "m-2", correlationId: "m-2", causationId: undefined, headers: {} };
    expect(second?.metadata).toMatchObject(begun);
    expect(first?.signal.aborted).toBe(false);
  });

  it("acknowledges after success: what is not done when it closes is there for the next of its group (C1, C3)", async () => {
    const { bed } = held;
    const consumer = await bed.consume({ concurrency: 1, closeTimeoutMs: 0 });
    await bed.todos("a1", "b1", "c1");
    await quiet();
    await bed.gates.open("a1");
    expect(bed.gates.waiting).toEqual(["b1"]);
    const closed = consumer.close();
    await vi.advanceTimersByTimeAsync(0);
    await closed;
    expect(bed.contexts[1]?.signal.aborted).toBe(true);
    await bed.gates.openAll();
    await bed.consume();
    await quiet();
    expect(bed.gates.waiting).toEqual(["b1", "c1"]);
  });

  it("waits for the handlers at work when it closes (C3)", async () => {
    const { bed } = held;
    const consumer = await bed.consume();
    await bed.todos("a1");
    await quiet();
    const closed = consumer.close();
    expect(await stateOf(closed)).toBe("pending");
    await bed.gates.open("a1");
    await closed;
    await bed.consume();
    await quiet();
    expect(bed.gates.arrived).toEqual(["a1"]);
  });
});

describe("a message that fails", () => {
  it("is tried again at once, then later, then it is a dead letter, and its key goes on (C1)", async () => {
    const { bed } = held;
    await bed.consume({ retry: { immediate: 1, delayed: 2, delayMs: 1_000 } });
    await bed.todos("a1", "a2", "b1");
    await quiet();
    const failing = async () => bed.gates.fail("a1", new Error("no stock"));
    await failing();
    expect(bed.gates.waiting).toEqual(["b1", "a1"]);
    await failing();
    expect(bed.gates.waiting).toEqual(["b1"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bed.gates.waiting).toEqual(["b1", "a1"]);
    await failing();
    await vi.advanceTimersByTimeAsync(2_000);
    await failing();
    expect(bed.gates.waiting).toEqual(["b1", "a2"]);
    const [letter] = await bed.deadLetters();
    expect(letter?.message).toMatchObject({
      id: "id of a1",
      name: "todo",
      key: "a",
      payload: { what: "a1" },
    });
    expect(deadLetterReason(letter?.message as never)).toEqual({
      topic: "todos",
      group: "doers",
      reason: "Error",
      error: "no stock",
      attempts: 4,
      at: expect.any(Date),
    });
    expect(bed.logger.lines).toEqual([
      "warn: doers failed on todo id of a1, try 1 of 4; the next one is in 0 ms.",
      expect.stringMatching(/^warn: doers failed on todo id of a1, try 2 of 4; the next one is in \d+ ms\.$/),
      expect.stringMatching(/try 3 of 4/),
      "error: doers gave up a message of todos after try 4; it is a dead letter. no stock",
    ]);
  });

  it.each<[string, Partial<Message>, string]>([
    ["has a name that nobody registered", { name: "todo.v0" }, "SLUICE_NOT_REGISTERED"],
    [
      "is broken JSON",
      { encoded: { contentType: "application/json", bytes: new TextEncoder().encode("{") } },
      "SLUICE_UNDECODABLE",
    ],
    ["nothing is bound to", { name: "unbound" }, "SLUICE_UNHANDLED_EVENT"],
    ["is registered as what leaves", { name: "outgoing" }, "SLUICE_UNDECODABLE"],
  ])(
    "is a dead letter at once where it %s, with its bytes, and others go on (C1, M2)",
    async (_, message, reason) => {
      const { bed } = held;
      await bed.consume();
      await bed.publish({ key: "a", ...message }, { id: "m-2", key: "a", payload: { what: "a2" } });
      await quiet();
      expect(bed.gates.waiting).toEqual(["a2"]);
      const [letter] = await bed.deadLetters();
      expect(deadLetterReason(letter?.message as never)).toMatchObject({ reason, attempts: 1 });
      if (message.encoded) expect(letter?.message.raw.body).toEqual(message.encoded.bytes);
    },
  );

  it("is a dead letter at once where it is no CloudEvent, as it came (M2)", async () => {
    const { bed } = held;
    await bed.consume();
    const raw = { headers: { "x-y": "z" }, body: new Uint8Array([1, 2, 3]) };
    await bed.broker.forward({ raw }, { topic: "todos" });
    await bed.todos("a1");
    await quiet();
    expect(bed.gates.waiting).toEqual(["a1"]);
    const [letter] = await bed.deadLetters();
    expect(letter?.message.raw.body).toEqual(raw.body);
    expect(letter?.message.raw.headers).toMatchObject({
      "x-y": "z",
      "dead-letter-reason": "SLUICE_MALFORMED_MESSAGE",
    });
  });

  it("is left alone where nobody registered it and that is wanted, and said once", async () => {
    const { bed } = held;
    await bed.consume({ unregistered: "skip" });
    await bed.publish({ name: "other" }, { id: "m-2", name: "other" });
    await bed.todos("a1");
    await quiet();
    expect(bed.gates.waiting).toEqual(["a1"]);
    expect(await bed.deadLetters()).toEqual([]);
    expect(bed.logger.lines).toEqual([
      "info: doers leaves messages alone whose name it does not know: other.",
    ]);
  });

  it("stays unacknowledged until its dead letter is put away, and is not handled again meanwhile (C1)", async () => {
    const { bed } = held;
    const tries: string[] = [];
    let isDown = true;
    const deadLetter = ({ id }: Message) => {
      tries.push(id);
      if (isDown) throw new Error("no room");
    };
    await bed.consume({ deadLetter, retry: { immediate: 0, delayed: 0 } });
    await bed.todos("a1", "a2");
    await quiet();
    await bed.gates.fail("a1", new Error("no stock"));
    expect(tries).toEqual(["id of a1"]);
    isDown = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(tries).toEqual(["id of a1", "id of a1"]);
    expect(bed.gates.arrived).toEqual(["a1", "a2"]);
  });
});

describe("bad options", () => {
  it.each<[string, object]>([
    ["broker", { broker: { publish() {}, close() {} } }],
    ["mediator", { mediator: {} }],
    ["registry", { registry: undefined }],
    ["group", { group: "" }],
    ["pauseMs", { pauseMs: 0 }],
    ["retry.immediate", { retry: { immediate: -1 } }],
    ["retry.delayMs", { retry: { delayMs: 0 } }],
    ["retry.maxDelayMs", { retry: { delayMs: 10, maxDelayMs: 5 } }],
    ["deadLetter", { deadLetter: "" }],
    ["transaction", { inbox: { accept() {} } }],
    ["inbox", { transaction() {} }],
    ["scope", { scope() {} }],
  ])("%s is refused before anything is taken", async (option, given) => {
    const error = await rejection<InvalidOptionError>(held.bed.consume(given));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.option).toBe(`consume ${option}`);
  });

  it("a name for dead letters is refused where the broker keeps none", async () => {
    const { bed } = held;
    const { broker } = bed;
    const error = await rejection(
      bed.consume({
        broker: {
          publish: () => broker.publish([]),
          subscribe: (options) => broker.subscribe(options),
          close: () => broker.close(),
        },
      }),
    );
    expect(error.message).toContain("consume deadLetter is undefined; expected a function");
  });
});
