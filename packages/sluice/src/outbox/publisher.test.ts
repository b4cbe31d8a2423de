import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrokerClosedError } from "../brokers/broker-closed-error.js";
import type { Message } from "../brokers/message.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import {
  BrokerUnavailableError,
  MessageRefusedError,
  PublishFailedError,
} from "../brokers/publish-errors.js";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { MessageRegistry } from "../messages/message-registry.js";
import type { Delivery } from "../queue/deliverer.js";
import type { QueueRow } from "../queue/queue-row.js";
import {
  type Fate,
  isDown,
  outageOf,
  type Plan,
  PlannedBroker,
  plans,
  rowOf,
  rowsOf,
} from "./publisher.fixture.js";
import { Publisher } from "./publisher.js";

const { signal } = new AbortController();
const seed = 20_261_128;
let now = 0;

beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const publisherTo = (broker: MessageBroker) =>
  new Publisher(broker, new MessageRegistry(), new RecordingLogger());

const idsOf = (rows: readonly QueueRow[]): number[] => rows.map(({ id }) => id).toSorted((a, b) => a - b);
const failedOf = ({ failed }: Delivery): QueueRow[] => failed.map(({ row }) => row);

/** One delivery by a new publisher, in which the broker answers in any order. */
function ofOneDelivery(
  check: (outcome: { plan: Plan; rows: QueueRow[]; broker: PlannedBroker; delivery: Delivery }) => void,
): Promise<void> {
  const property = fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
    const broker = new PlannedBroker(plan, () => scheduler.schedule(Promise.resolve()));
    const rows = rowsOf(plan);
    const delivery = await scheduler.waitFor(publisherTo(broker).deliver(rows, [], signal));
    check({ plan, rows, broker, delivery });
  });
  return fc.assert(property, { seed, numRuns: 400 });
}

describe("whatever messages, keys and topics fail, of one delivery", () => {
  it("each row is done, or failed, or was not tried, and is told of once (O4)", () =>
    ofOneDelivery(({ delivery }) => {
      const told = [...delivery.done, ...failedOf(delivery)].map(({ id }) => id);
      expect(told).toHaveLength(new Set(told).size);
    }));

  it("what is done has arrived, and what the broker does not take has failed or was not tried (O2)", () =>
    ofOneDelivery(({ broker, delivery }) => {
      for (const { messageId } of delivery.done) expect(broker.arrived).toContain(messageId);
      for (const { messageId } of failedOf(delivery)) expect(broker.arrived).not.toContain(messageId);
    }));

  it("nothing of a key is done, or has arrived, behind one that failed (O2)", () =>
    ofOneDelivery(({ broker, rows, delivery }) => {
      for (const failed of failedOf(delivery)) {
        const later = rows.filter(({ keyHash, id }) => keyHash === failed.keyHash && id > failed.id);
        expect(delivery.done.filter((row) => later.includes(row))).toEqual([]);
        expect(later.filter(({ messageId }) => broker.arrived.includes(messageId))).toEqual([]);
      }
    }));

  it("the messages of a key arrive first in their order (O2)", () =>
    ofOneDelivery(({ broker, rows }) => {
      const first = [...new Set(broker.arrived)].map((id) => rows.find(({ messageId }) => messageId === id));
      for (const ids of Map.groupBy(first, (row) => row?.keyHash).values())
        expect(ids).toEqual(ids.toSorted((a, b) => (a?.id ?? 0) - (b?.id ?? 0)));
    }));

  it("every row of a topic without a failure is done, in one call (O4)", () =>
    ofOneDelivery(({ plan, rows, broker, delivery }) => {
      for (const [topic, ofTopic] of Map.groupBy(rows, (row) => row.topic)) {
        if (isDown(plan, { topic }) || ofTopic.some(({ messageId }) => broker.fateOf(messageId) !== "taken"))
          continue;
        expect(delivery.done).toEqual(expect.arrayContaining(ofTopic));
        expect(broker.calls.filter(([id]) => ofTopic.some((row) => row.messageId === id))).toHaveLength(1);
      }
    }));

  it("a topic that is down has nothing done, and no message of it is blamed (O4)", () =>
    ofOneDelivery(({ plan, delivery }) => {
      expect(delivery.done.filter((row) => isDown(plan, row))).toEqual([]);
      for (const { row, blame } of delivery.failed) if (isDown(plan, row)) expect(blame).toBe("destination");
    }));

  it("nothing fails in a topic whose broker says that it is down, so that no try counts (O4)", () =>
    ofOneDelivery(({ plan, delivery }) => {
      for (const { topic } of failedOf(delivery)) expect(outageOf(plan, topic)).not.toBe("says so");
    }));

  it("a message that is refused for good is final, and nothing else is (O4)", () =>
    ofOneDelivery(({ plan, broker, delivery }) => {
      for (const { row, blame } of delivery.failed)
        expect(blame === "final").toBe(!isDown(plan, row) && broker.fateOf(row.messageId) === "refused");
    }));
});

describe("one message that is refused, among any others that are taken", () => {
  it("is the only one that fails; all others are done but those behind it in its key (O4)", async () => {
    const refusals = plans.chain((plan) =>
      fc.nat(plan.rows.length - 1).map((refused): Plan => {
        const fateOf = (at: number) => (at === refused ? ("refused" as const) : ("taken" as const));
        const rows = plan.rows.map((row, at) => ({ ...row, fate: fateOf(at) }));
        return { ...plan, outages: [], rows };
      }),
    );
    const property = fc.asyncProperty(refusals, async (plan) => {
      const rows = rowsOf(plan);
      const delivery = await publisherTo(new PlannedBroker(plan)).deliver(rows, [], signal);
      const refused = rows[plan.rows.findIndex(({ fate }) => fate === "refused")] as QueueRow;
      const behind = rows.filter(({ keyHash, id }) => keyHash === refused.keyHash && id >= refused.id);
      expect(delivery.failed).toMatchObject([{ row: { id: refused.id }, blame: "final" }]);
      expect(idsOf(delivery.done)).toEqual(idsOf(rows.filter((row) => !behind.includes(row))));
    });
    await fc.assert(property, { seed, numRuns: 400 });
  });
});

describe("a broker that names each message of a topic as failed", () => {
  const everyone = (plan: Partial<Plan> = {}): PlannedBroker =>
    new PlannedBroker({ style: "takes nothing of it", outages: ["names every message"], rows: [], ...plan });
  const keys = ["a", "b", "c", "d"];
  const fresh = keys.map((key, n) => rowOf(n + 1, "topic 0", key));

  it("is taken to be down after two of them were tried alone, and the others are not tried (O4)", async () => {
    const broker = everyone();
    const publisher = publisherTo(broker);
    const { done, failed } = await publisher.deliver(fresh, [], signal);
    expect(broker.calls).toEqual([["m-1", "m-2", "m-3", "m-4"], ["m-1"], ["m-2"]]);
    expect([done, failed.map(({ row }) => row.id)]).toEqual([[], [1, 2]]);
    expect(publisher.paused().topics).toEqual(["topic 0"]);
  });

  it("is not taken to be down for messages that have failed before, while it takes others (O4)", async () => {
    const outages: Plan["outages"][number][] = [undefined];
    const broker = everyone({ outages });
    const publisher = publisherTo(broker);
    await publisher.deliver([rowOf(9, "topic 0", "z")], [], signal);
    outages[0] = "names every message";
    const again = keys.map((key, n) => rowOf(n + 1, "topic 0", key, 1));
    const { failed } = await publisher.deliver(again, [], signal);
    expect(failed.map(({ blame }) => blame)).toEqual(["message", "message", "message", "message"]);
    expect(broker.calls).toHaveLength(2);
    expect(publisher.paused().topics).toEqual([]);
  });

  it("is asked with messages that have not failed before, where there are some (O4)", async () => {
    const broker = everyone();
    const mixed = fresh.map((row) => (row.id < 3 ? { ...row, attempts: 2 } : row));
    await publisherTo(broker).deliver(mixed, [], signal);
    expect(broker.calls.slice(1)).toEqual([["m-3"], ["m-4"]]);
  });

  it("is not asked again where it refuses some of them for good (O4)", async () => {
    const rows = keys.map((_, key) => ({ topic: 0, key, fate: "refused" as const }));
    const broker = everyone({ style: "takes all others, and names it", outages: [], rows });
    const { failed } = await publisherTo(broker).deliver(fresh, [], signal);
    expect(failed.map(({ blame }) => blame)).toEqual(["final", "final", "final", "final"]);
    expect(broker.calls).toHaveLength(1);
  });
});

describe("a topic that has taken something a moment ago, whose broker says nothing of single messages", () => {
  it("is not left alone for two messages that fail again (O4)", async () => {
    const outages: Plan["outages"][number][] = [undefined];
    const broker = new PlannedBroker({ style: "takes nothing of it", outages, rows: [] });
    const publisher = publisherTo(broker);
    await publisher.deliver([rowOf(9, "topic 0", "z")], [], signal);
    outages[0] = "says nothing";
    const again = ["a", "b"].map((key, n) => rowOf(n + 1, "topic 0", key, 1));
    const { failed } = await publisher.deliver(again, [], signal);
    expect(failed.map(({ row }) => row.id)).toEqual([1, 2]);
    expect(publisher.paused().topics).toEqual([]);
  });
});

describe("over many deliveries, as a relay makes them", () => {
  const maxAttempts = 4;
  const roundMs = 31_000; // longer than any pause
  const rounds = 60;

  /** What becomes of the rows of a plan, while each topic is also given a message each round that it can take. */
  async function relay(plan: Plan) {
    const broker = new PlannedBroker(plan);
    const publisher = publisherTo(broker);
    const pending = new Map(rowsOf(plan).map((row) => [row.id, row]));
    const waitingUntil = new Map<number, number>();
    const dead: { id: number; attempts: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      now += roundMs;
      const traffic = [0, 1, 2].map((topic) =>
        rowOf(1_000 + 3 * round + topic, `topic ${topic}`, `key ${round}`),
      );
      for (const row of traffic) pending.set(row.id, row);
      expect(publisher.paused().topics).toEqual([]);
      const claimed = [...pending.values()].filter(
        ({ keyHash }) => (waitingUntil.get(keyHash) ?? 0) <= round,
      );
      const { done, failed } = await publisher.deliver(claimed, [], signal);
      for (const { id } of done) pending.delete(id);
      for (const { row, blame } of failed) {
        const attempts = row.attempts + 1;
        const isDead = blame === "final" || (blame === "message" && attempts >= maxAttempts);
        if (isDead) dead.push({ id: row.id, attempts });
        if (isDead) pending.delete(row.id);
        else pending.set(row.id, { ...row, attempts });
        if (!isDead) waitingUntil.set(row.keyHash, round + 1 + attempts);
      }
    }
    return { broker, dead, pending: [...pending.values()] };
  }

  it("what the broker takes is done, what it fails on dies after maxAttempts, an outage kills none (O4)", async () => {
    const property = fc.asyncProperty(plans, async (plan) => {
      const { broker, dead, pending } = await relay(plan);
      const rows = rowsOf(plan);
      const ofFate = (fate: Fate) =>
        rows.filter((row) => !isDown(plan, row) && broker.fateOf(row.messageId) === fate);
      expect(broker.arrived).toEqual(
        expect.arrayContaining(ofFate("taken").map(({ messageId }) => messageId)),
      );
      expect(dead.toSorted((a, b) => a.id - b.id)).toEqual(
        [
          ...ofFate("fails").map(({ id }) => ({ id, attempts: maxAttempts })),
          ...ofFate("refused").map(({ id }) => ({ id, attempts: 1 })),
        ].toSorted((a, b) => a.id - b.id),
      );
      expect(pending.filter((row) => !isDown(plan, row))).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns: 150 });
  });
});

describe("a delivery that is aborted", () => {
  it("tries nothing further, and blames nothing (O4)", async () => {
    const aborting = new AbortController();
    const publish = vi.fn(async (messages: readonly Message[]) => {
      if (messages.length === 1) aborting.abort();
      throw new Error("It is not known why.");
    });
    const rows = [1, 2, 3, 4].map((id) => rowOf(id, "topic 0", `key ${id}`));
    const publisher = publisherTo({ publish, async close() {} });
    expect(await publisher.deliver(rows, [], aborting.signal)).toEqual({ done: [], failed: [] });
    expect(publish.mock.calls.map(([{ length }]) => length)).toEqual([4, 1, 1]);
    expect(publisher.paused().topics).toEqual([]);
  });
});

function brokerThat(failsOn: (ids: readonly string[]) => Error | undefined) {
  const publish = vi.fn(async (messages: readonly Message[]) => {
    const error = failsOn(messages.map(({ id }) => id));
    if (error !== undefined) throw error;
  });
  return { publish, async close() {} };
}

describe("a topic", () => {
  const rows = [1, 2, 3, 4].map((id) => rowOf(id, "topic 0", `key ${id}`));

  it("whose broker was closed is left alone, and nothing fails (O4)", async () => {
    const broker = brokerThat(() => new BrokerClosedError("the broker", "publish"));
    const publisher = publisherTo(broker);
    expect(await publisher.deliver(rows, [], signal)).toEqual({ done: [], failed: [] });
    expect(publisher.paused()).toMatchObject({ topics: ["topic 0"] });
    expect(await publisher.deliver(rows, [], signal)).toEqual({ done: [], failed: [] });
    expect(broker.publish).toHaveBeenCalledOnce();
  });

  it("is tried with two messages after it was left alone, and only then with the rest (O4)", async () => {
    let isDown = true;
    const broker = brokerThat(() => (isDown ? new Error("ECONNREFUSED") : undefined));
    const { publish } = broker;
    const publisher = publisherTo(broker);
    await publisher.deliver(rows, [], signal);
    now += publisher.paused().nextInMs;
    publish.mockClear();
    await publisher.deliver(rows, [], signal);
    expect(publish.mock.calls.map(([{ length }]) => length)).toEqual([1, 1]);
    now += publisher.paused().nextInMs;
    publish.mockClear();
    isDown = false;
    expect(idsOf((await publisher.deliver(rows, [], signal)).done)).toEqual([1, 2, 3, 4]);
    expect(publish.mock.calls.map(([{ length }]) => length)).toEqual([1, 1, 2]);
  });

  it("is searched for its message where the broker names only what it was not given (O4)", async () => {
    const error = new PublishFailedError(new Map([["m-99", "?"]]));
    const publisher = publisherTo(brokerThat((ids) => (ids.includes("m-3") ? error : undefined)));
    const { done, failed } = await publisher.deliver(rows, [], signal);
    expect([idsOf(done), failed.map(({ row }) => row.id)]).toEqual([[1, 2, 4], [3]]);
  });

  it("is not left alone because one key fails (O4)", async () => {
    const publisher = publisherTo(brokerThat((ids) => (ids.includes("m-1") ? new Error("no") : undefined)));
    const ofOneKey = [1, 2].map((id) => rowOf(id, "topic 0", "key"));
    const { done, failed } = await publisher.deliver(ofOneKey, [], signal);
    expect({ done, failed }).toMatchObject({ done: [], failed: [{ row: { id: 1 } }] });
    expect(publisher.paused().topics).toEqual([]);
  });

  it("is not left alone because two messages are refused for good (O4)", async () => {
    const refusalOf = (id: string) => new MessageRefusedError(id, "it is too large");
    const bad = ["m-1", "m-2"];
    const publisher = publisherTo(
      brokerThat((ids) => bad.filter((id) => ids.includes(id)).map(refusalOf)[0]),
    );
    expect(failedOf(await publisher.deliver(rows, [], signal)).map(({ id }) => id)).toEqual([1, 2]);
    expect(publisher.paused().topics).toEqual([]);
  });

  it("is left alone again when it does not take the one key that there is to try it with (O4)", async () => {
    let error: Error = new BrokerUnavailableError("no route");
    const publisher = publisherTo(brokerThat(() => error));
    const ofOneKey = [1, 2].map((id) => rowOf(id, "topic 0", "key"));
    await publisher.deliver(ofOneKey, [], signal);
    now += publisher.paused().nextInMs;
    expect(publisher.paused().topics).toEqual([]);
    error = new Error("ECONNREFUSED");
    await publisher.deliver(ofOneKey, [], signal);
    expect(publisher.paused().topics).toEqual(["topic 0"]);
  });

  it("is given a message that comes alone once, though it fails (O4)", async () => {
    const broker = brokerThat(() => new Error("no"));
    await publisherTo(broker).deliver(rows.slice(0, 1), [], signal);
    expect(broker.publish).toHaveBeenCalledOnce();
  });

  it("has not taken a message because its refusal names another one (O2)", async () => {
    const publisher = publisherTo(brokerThat(() => new MessageRefusedError("m-99", "it is too large")));
    const { done, failed } = await publisher.deliver(rows.slice(0, 1), [], signal);
    expect({ done, failed }).toMatchObject({ done: [], failed: [{ row: { id: 1 }, blame: "final" }] });
  });
});
