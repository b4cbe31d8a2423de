import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stateOf } from "../handlers/recording.fixture.js";
import { Gates, Gauge, quiet, RecordingLogger } from "../mediator/flow.fixture.js";
import { given, settings } from "./deliveries.fixture.js";
import { Deliveries, type DeliveriesOptions } from "./deliveries.js";
import type { CountedMessage, Outcome } from "./delivery.js";
import { RetryLater } from "./retry-later.js";
import type { SubscribeOptions } from "./subscribe-options.js";

let gates: Gates;
let gauge: Gauge;
let logger: RecordingLogger;
let settled: Record<string, Outcome>;
/** By id, which try the next one is. */
let next: Record<string, number>;

beforeEach(() => {
  gates = new Gates();
  gauge = new Gauge();
  logger = new RecordingLogger();
  settled = {};
  next = {};
});

/** Deliveries whose messages each wait at the gate of their id, and one scope of them. */
function open(options: Partial<SubscribeOptions> = {}, more: Partial<DeliveriesOptions> = {}) {
  const onMessage = ({ id }: CountedMessage) => gauge.during(() => gates.pass(id));
  const deliveries = new Deliveries(settings({ onMessage, ...options }), { logger, ...more });
  const scope = deliveries.scope();
  const add = (...ids: readonly string[]) => {
    for (const id of ids) addMessage(given(id));
  };
  const addMessage = (message: CountedMessage, to = scope) =>
    to.add(message, (outcome, nextAttempt) => {
      settled[message.id] = outcome;
      next[message.id] = nextAttempt;
    });
  return { deliveries, scope, add, addMessage };
}

describe("Deliveries", () => {
  it("has messages of one key handled one after another, others beside them", async () => {
    const { add } = open();
    add("a1", "a2", "b1", "a3", "b2");
    expect(gates.waiting).toEqual(["a1", "b1"]);
    await gates.open("a1");
    expect(gates.waiting).toEqual(["b1", "a2"]);
    await gates.openAll();
    expect(gates.arrived.filter((id) => id.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(settled).toEqual({ a1: "done", a2: "done", a3: "done", b1: "done", b2: "done" });
  });

  it("has all handled at the same time where the order does not matter, and those without a key", async () => {
    const { add } = open({ orderBy: "none" });
    add("a1", "a2");
    expect(gates.waiting).toEqual(["a1", "a2"]);
    await gates.openAll();
    const keyless = open();
    keyless.addMessage(given("b1", { key: undefined }));
    keyless.addMessage(given("b2", { key: undefined }));
    expect(gates.waiting).toEqual(["b1", "b2"]);
    await gates.openAll();
  });

  it("orders by what a function gives", async () => {
    const { add } = open({ orderBy: ({ id }) => id[1] });
    add("a1", "b1", "a2");
    expect(gates.waiting).toEqual(["a1", "a2"]);
    await gates.openAll();
    expect(gates.arrived).toEqual(["a1", "a2", "b1"]);
  });

  it("takes what that function throws for the message's failure", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const seen: string[] = [];
    let isBroken = true;
    const { add } = open({
      orderBy: () => {
        if (isBroken) throw new Error("no tenant");
        return "t";
      },
      onMessage: ({ id }) => void seen.push(id),
    });
    add("a1");
    isBroken = false;
    add("b1");
    expect(seen).toEqual(["b1"]);
    expect(logger.details).toMatchObject([{ attempt: 1, error: { message: "no tenant" } }]);
  });

  it("handles no more than concurrency at the same moment", async () => {
    const { add } = open({ concurrency: 3 });
    add(..."abcdefgh");
    await gates.openAll();
    expect(gauge.peak).toBe(3);
    expect(gauge.total).toBe(8);
  });

  it("goes through many that are answered at once, without a deep stack", () => {
    const { add } = open({ prefetch: 100_000, onMessage: () => {} });
    add(...Array.from({ length: 50_000 }, (_, n) => `a${n}`));
    expect(Object.keys(settled)).toHaveLength(50_000);
  });

  it("has room for prefetch messages that are not settled (C2)", async () => {
    const { deliveries, add } = open({ prefetch: 2 });
    expect(deliveries.room()).toBeUndefined();
    add("a1", "a2");
    expect(deliveries.free).toBe(0);
    const room = deliveries.room() as Promise<void>;
    expect(await stateOf(room)).toBe("pending");
    await gates.open("a1");
    expect(await stateOf(room)).toBe("fulfilled");
    expect(deliveries.room()).toBeUndefined();
  });

  it("is idle when all is settled", async () => {
    const { deliveries, add } = open();
    expect(deliveries.idle()).toBeUndefined();
    add("a1", "a2");
    const idle = deliveries.idle() as Promise<void>;
    await gates.open("a1");
    expect(await stateOf(idle)).toBe("pending");
    await gates.open("a2");
    expect(await stateOf(idle)).toBe("fulfilled");
  });
});

describe("a message that fails", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("is given again after a while that grows; those of its key wait, others do not (C1)", async () => {
    const attempts: number[] = [];
    const { add } = open({
      concurrency: 1,
      onMessage: ({ id, attempt }) => {
        gates.arrived.push(id);
        if (id !== "a1") return;
        attempts.push(attempt);
        if (attempt < 3) throw new Error("boom");
      },
    });
    add("a1", "a2", "b1");
    expect(gates.arrived).toEqual(["a1", "b1"]);
    expect(settled).toEqual({ b1: "done" });
    vi.advanceTimersByTime(200);
    expect(attempts).toEqual([1, 2]);
    vi.advanceTimersByTime(400);
    expect(attempts).toEqual([1, 2, 3]);
    expect(settled).toEqual({ a1: "done", a2: "done", b1: "done" });
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: A subscriber of test failed on try 1; the next one is in \d+ ms\.$/),
      expect.stringMatching(/on try 2/),
    ]);
  });

  it("is given again when it asks for it, and counts as it says", () => {
    const attempts: number[] = [];
    const answers = [new RetryLater(5_000, false), new RetryLater(10_000), new RetryLater(0), undefined];
    const { add } = open({
      onMessage: ({ attempt }) => {
        attempts.push(attempt);
        return answers.shift();
      },
    });
    add("a1");
    vi.advanceTimersByTime(4_999);
    expect(attempts).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(attempts).toEqual([1, 1]);
    vi.advanceTimersByTime(10_000);
    expect(attempts).toEqual([1, 1, 2, 3]);
    expect(settled).toEqual({ a1: "done" });
  });

  it("goes to a broker that keeps it for later, where no order is held", () => {
    const later = new RetryLater(5_000);
    const { add, addMessage } = open({ onMessage: () => later }, { canDelay: true });
    addMessage(given("b1", { key: undefined }));
    expect(settled).toEqual({ b1: later });
    add("a1");
    expect(settled).not.toHaveProperty("a1");
  });

  it("waits here all the same when the try is not to count, and the broker would count it", () => {
    const attempts: number[] = [];
    const onMessage = ({ attempt }: CountedMessage) => {
      attempts.push(attempt);
      return attempts.length === 1 ? new RetryLater(5_000, false) : undefined;
    };
    const { addMessage } = open({ onMessage }, { canDelay: true, countsDeliveries: true });
    addMessage(given("b1", { key: undefined }));
    expect(settled).toEqual({});
    vi.advanceTimersByTime(5_000);
    expect(attempts).toEqual([1, 1]);
    expect(settled).toEqual({ b1: "done" });
  });
});

describe("closing", () => {
  it("leaves what has not begun to others, and waits for what runs (C3)", async () => {
    const { deliveries, add } = open({ concurrency: 2 });
    add("a1", "a2", "b1", "c1");
    const closed = deliveries.close();
    expect(settled).toEqual({ a2: "released", c1: "released" });
    await gates.open("a1");
    expect(await stateOf(closed)).toBe("pending");
    await gates.open("b1");
    await closed;
    expect(gates.arrived).toEqual(["a1", "b1"]);
    expect(settled).toMatchObject({ a1: "done", b1: "done" });
  });

  it("leaves to others what waits for another try, and what fails meanwhile (C3)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { deliveries, add } = open();
    add("a1", "b1");
    await gates.fail("a1", new Error("boom"));
    const closed = deliveries.close();
    expect(settled).toEqual({ a1: "released" });
    await gates.fail("b1", new Error("boom"));
    await closed;
    expect(settled).toEqual({ a1: "released", b1: "released" });
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("aborts what runs after closeTimeoutMs, and acknowledges nothing of it, even if it ends well (C3)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const signals: AbortSignal[] = [];
    const { deliveries, add } = open({
      closeTimeoutMs: 3_000,
      onMessage: ({ id }, signal) => {
        signals.push(signal);
        return gates.pass(id);
      },
    });
    add("a1");
    const closed = deliveries.close();
    vi.advanceTimersByTime(2_999);
    expect(signals[0]?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await closed;
    expect(signals[0]?.aborted).toBe(true);
    await gates.open("a1");
    expect(settled).toEqual({ a1: "released" });
    expect(logger.lines).toEqual([
      "warn: A subscriber of test was still handling 1 messages 3000 ms after it was closed; they are not acknowledged and come again.",
    ]);
    vi.useRealTimers();
  });

  it("says which try the next one is: what was begun has been one, also when it is given up (C1)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answer = new RetryLater(0, false);
    const { deliveries, add } = open({
      closeTimeoutMs: 0,
      concurrency: 4,
      onMessage: async ({ id }) => {
        await gates.pass(id);
        return id === "c1" ? answer : undefined;
      },
    });
    add("a1", "b1", "c1", "d1", "d2");
    const closed = deliveries.close();
    await gates.fail("b1", new Error("boom"));
    await gates.open("c1");
    vi.advanceTimersByTime(0);
    await closed;
    expect(next).toEqual({ a1: 2, b1: 2, c1: 1, d1: 2, d2: 1 });
    await gates.openAll();
    vi.useRealTimers();
  });

  it("of one scope leaves others alone, and lets a key go on there", async () => {
    const { deliveries, scope, add, addMessage } = open({ concurrency: 1 });
    const other = deliveries.scope();
    add("b0", "a1");
    addMessage(given("a2"), other);
    expect(await stateOf(scope.close(1_000))).toBe("pending");
    expect(settled).toEqual({ a1: "released" });
    await gates.open("b0");
    expect(gates.waiting).toEqual(["a2"]);
    await gates.openAll();
    expect(settled).toEqual({ a1: "released", a2: "done", b0: "done" });
  });

  it("takes nothing more", async () => {
    const { deliveries, add } = open();
    await deliveries.close();
    add("a1");
    await quiet();
    expect(settled).toEqual({ a1: "released" });
    expect(gates.arrived).toEqual([]);
  });
});
