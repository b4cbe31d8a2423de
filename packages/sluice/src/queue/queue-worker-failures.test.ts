import { describe, expect, it, vi } from "vitest";
import type { Message } from "../brokers/message.js";
import {
  BrokerUnavailableError,
  MessageRefusedError,
  PublishFailedError,
} from "../brokers/publish-errors.js";
import type { QueueRows } from "./queue-store.js";
import {
  add,
  brokerThat,
  Happened,
  logger,
  outbox,
  relay,
  settle,
  stats,
  useOutbox,
} from "./queue-worker.fixture.js";

useOutbox();

describe("a message that fails", () => {
  it("is found in a batch by a broker that says nothing, and its key waits for it, others do not (O4)", async () => {
    const { broker, arrived } = brokerThat(({ key, payload }) =>
      key === "b" && payload === 2 ? new Error("no") : undefined,
    );
    await relay({ broker, retryMs: 1_000 });
    add(...[1, 2, 3].flatMap((n) => ["a", "b", "c"].map((key) => new Happened(n, key))));
    await settle();
    expect(arrived.toSorted()).toEqual(["a1", "a2", "a3", "b1", "c1", "c2", "c3"]);
    const { pending, waiting } = await stats();
    expect({ pending, waiting }).toEqual({ pending: 2, waiting: 1 });
  });

  it("is tried after waits that never shorten, until it is a dead letter; then its key goes on (O4)", async () => {
    const { broker, arrived } = brokerThat(({ key, payload }) =>
      key === "b" && payload === 1 ? new Error("no") : undefined,
    );
    const fail = vi.spyOn(outbox.queue.rows, "fail");
    await relay({ broker, retryMs: 1_000, maxAttempts: 4 });
    add(new Happened(1, "a"), new Happened(1, "b"), new Happened(2, "b"));
    for (let n = 0; n < 40; n++) {
      add(new Happened(100 + n, "a"));
      await vi.advanceTimersByTimeAsync(500);
    }
    expect((await stats()).dead).toBe(1);
    expect(arrived).toContain("b2");
    const [letter] = await outbox.queue.desk.list({ state: "dead", limit: 1 });
    expect(letter).toMatchObject({ attempts: 4, lastError: "Error: no" });
    const waits = fail.mock.calls.map(([, [failure]]) => failure?.retryInMs ?? Number.POSITIVE_INFINITY);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
  });

  it("is a dead letter at once where the broker refuses it for good (O4)", async () => {
    const { broker, arrived } = brokerThat(({ id, payload }) =>
      payload === 1 ? new MessageRefusedError(id, "it is too large") : undefined,
    );
    await relay({ broker });
    add(new Happened(1, "a"), new Happened(2, "a"));
    await settle();
    expect((await stats()).dead).toBe(1);
    expect(arrived).toEqual(["a2"]);
  });

  it("is not passed by a later one of its key that was read with it, for another batch (O2)", async () => {
    let isDown = true;
    const { broker, arrived } = brokerThat(({ key, payload }) =>
      isDown && key === "a" && payload === 1 ? new Error("no") : undefined,
    );
    await relay({ broker, batchSize: 1, lanes: 1, retryMs: 1_000 });
    add(new Happened(1, "a"), new Happened(2, "a"), new Happened(1, "b"));
    await settle();
    expect(arrived).toEqual(["b1"]);
    isDown = false;
    await vi.advanceTimersByTimeAsync(1_100);
    expect(arrived).toEqual(["b1", "a1", "a2"]);
  });

  it("is tried again alone where the broker names it (O4)", async () => {
    let isDown = true;
    const arrived: string[] = [];
    const publish = async (messages: readonly Message[]) => {
      const failures = new Map(messages.filter(() => isDown).map(({ id }) => [id, new Error("no")]));
      const [first] = messages;
      if (isDown && messages.length > 1) failures.delete(first?.id as string);
      arrived.push(...messages.filter(({ id }) => !failures.has(id)).map(({ key }) => key as string));
      if (failures.size > 0) throw new PublishFailedError(failures);
    };
    await relay({ broker: { publish, async close() {} }, retryMs: 100 });
    add(new Happened(1, "a"), new Happened(1, "b"));
    await settle();
    isDown = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(arrived).toEqual(["a", "b"]);
  });
});

describe("a topic that takes nothing", () => {
  it("is left alone, while others go on, and no message is blamed for it (O4)", async () => {
    let isDown = true;
    const { broker, arrived, publish } = brokerThat(({ topic }) =>
      topic === "down" && isDown ? new BrokerUnavailableError("no route") : undefined,
    );
    await relay({ broker, maxAttempts: 2, retryMs: 10 });
    add(new Happened(1, "a", "down"), new Happened(2, "b", "down"), new Happened(3, "c"));
    for (let n = 0; n < 100; n++) {
      add(new Happened(10 + n, "c"));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(arrived).toHaveLength(101);
    const tries = publish.mock.calls.filter(([[first]]) => first?.topic === "down");
    expect(tries.length).toBeLessThan(25);
    expect(await stats()).toMatchObject({ pending: 2, waiting: 0, dead: 0 });
    isDown = false;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(arrived.slice(-2).toSorted()).toEqual(["a1", "b2"]);
  });

  it("is found to be so where the broker does not say it (O4)", async () => {
    const { broker, publish } = brokerThat(() => new Error("ECONNREFUSED"));
    await relay({ broker, maxAttempts: 2, retryMs: 10 });
    add(...Array.from({ length: 50 }, (_, n) => new Happened(n, `k${n}`)));
    await vi.advanceTimersByTimeAsync(300_000);
    expect((await stats()).dead).toBe(0);
    expect(publish.mock.calls.length).toBeLessThan(100);
  });
});

describe("several relays", () => {
  it("share the buckets, and take over from one that was killed when its lease has ended (O3)", async () => {
    const { broker, arrived } = brokerThat();
    const [first, second] = [await relay({ broker, name: "first" }), await relay({ broker, name: "second" })];
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await stats()).workers.map(({ buckets }) => buckets)).toEqual([8, 8]);
    // A process that is gone renews nothing; its lease stands.
    vi.spyOn(outbox.queue.leases, "leave").mockResolvedValue();
    await first.close();
    const keys = Array.from({ length: 40 }, (_, n) => `k${n}`);
    add(...keys.map((key) => new Happened(1, key)));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(arrived.length).toBeLessThan(40);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(arrived.toSorted()).toEqual(keys.map((key) => `${key}1`).toSorted());
    expect(second).toBeDefined();
  });

  it("publish nothing for a bucket that was lost while the process was frozen (O3)", async () => {
    const { broker, arrived } = brokerThat();
    await relay({ broker, pollMs: 60_000 });
    await settle();
    const { claim } = outbox.queue.rows;
    vi.spyOn(outbox.queue.rows, "claim").mockImplementation(async (wanted) => {
      const rows = await claim.call(outbox.queue.rows, wanted);
      // The clock goes on while the process stands still.
      if (rows.length > 0) vi.spyOn(performance, "now").mockReturnValue(performance.now() + 20_000);
      return rows;
    });
    add(new Happened(1, "a"));
    await vi.advanceTimersByTimeAsync(1);
    expect(arrived).toEqual([]);
    vi.restoreAllMocks();
  });
});

describe("a store that writes both in one go", () => {
  it("is given what is done and what failed together, and each alone where there is no other (O4)", async () => {
    const rows: QueueRows = outbox.queue.rows;
    const both = vi.fn(async (...[leases, ids, failures]: Parameters<NonNullable<QueueRows["settle"]>>) => {
      await rows.complete(leases, ids);
      await rows.fail(leases, failures);
    });
    Object.assign(rows, { settle: both });
    const { broker, arrived } = brokerThat(({ id, key }) =>
      key === "b" ? new MessageRefusedError(id, "it is too large") : undefined,
    );
    await relay({ broker });
    add(new Happened(1, "a"), new Happened(1, "b"), new Happened(1, "c"));
    await settle();
    expect(arrived).toEqual(["a1", "c1"]);
    expect(both.mock.calls.map(([, ids, failures]) => [ids.length, failures.length])).toEqual([[2, 1]]);
    add(new Happened(2, "a"));
    await settle();
    expect(both).toHaveBeenCalledOnce();
    expect(await stats()).toMatchObject({ pending: 0, dead: 1 });
  });
});

describe("a store that fails for a while", () => {
  it("has what was published marked when it is back, and not published again (O2)", async () => {
    const { broker, arrived } = brokerThat();
    const { complete } = outbox.queue.rows;
    let failures = 3;
    vi.spyOn(outbox.queue.rows, "complete").mockImplementation(async (...given) => {
      if (failures-- > 0) throw new Error("the connection is lost");
      return complete.apply(outbox.queue.rows, given);
    });
    await relay({ broker });
    add(new Happened(1, "a"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(arrived).toEqual(["a1"]);
    expect((await stats()).pending).toBe(0);
    expect(logger.lines.filter((said) => said.includes("cannot mark rows as done"))).toHaveLength(1);
  });
});
