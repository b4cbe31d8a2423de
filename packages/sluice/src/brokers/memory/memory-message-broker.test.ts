import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { stateOf } from "../../handlers/recording.fixture.js";
import { bootstrap } from "../../mediator/bootstrap.js";
import {
  bindBodies,
  Do,
  finished,
  Gates,
  quiet,
  RecordingLogger,
  rejection,
  Told,
} from "../../mediator/flow.fixture.js";
import { DomainEvent } from "../../messages/domain-event.js";
import { EncodeRefusedError } from "../../messages/message-errors.js";
import { NotificationEvent } from "../../messages/notification-event.js";
import { brokerConformance } from "../../testing/broker-conformance.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import type { Message } from "../message.js";
import { MemoryMessageBroker } from "./memory-message-broker.js";

const boom = new Error("boom");

const message = (more: Partial<Message> = {}): Message => ({
  id: "m-1",
  name: "test.told",
  topic: "test",
  timestamp: new Date(0),
  headers: {},
  payload: {},
  ...more,
});

function setUp(maxDeliveries?: number) {
  const logger = new RecordingLogger();
  return { logger, broker: new MemoryMessageBroker({ logger, maxDeliveries }) };
}

describe("MemoryMessageBroker conforms", () => {
  const cases = brokerConformance({
    name: "memory",
    create: () => setUp().broker,
    features: new MemoryMessageBroker().features,
    largestPayload: 5_000_000,
    stress: 5,
  });
  for (const { name, run } of cases) it(name, run);
});

describe("MemoryMessageBroker", () => {
  it("carries a payload that was written before as its bytes, whatever JSON has for it (M1)", async () => {
    const { broker } = setUp();
    const encoded = { contentType: "x/y", bytes: new Uint8Array([1, 2]) };
    const received: Message[] = [];
    await broker.subscribe({ topics: ["test"], onMessage: (given) => received.push(given) });
    await broker.publish([message({ payload: 12n, encoded })]);
    await broker.close();
    expect(received).toMatchObject([{ payload: encoded.bytes, encoded }]);
    expect(received[0]?.encoded?.bytes).not.toBe(encoded.bytes);
  });

  it.each([0, -1, 1.5, Number.NaN, "3", null])("refuses %j for maxDeliveries", (maxDeliveries) => {
    expect(() => new MemoryMessageBroker({ maxDeliveries: maxDeliveries as never })).toThrow(
      InvalidOptionError,
    );
  });

  it.each<[string, unknown]>([
    ["topic", ""],
    ["topic", undefined],
    ["name", 7],
    ["id", null],
    ["key", ""],
    ["timestamp", "now"],
    ["timestamp", new Date(Number.NaN)],
    ["headers", null],
    ["headers.tenant", 7],
  ])("refuses a message whose %s is %j", async (field, value) => {
    const { broker } = setUp();
    const more = field === "headers.tenant" ? { headers: { tenant: value } } : { [field]: value };
    const error = await rejection(broker.publish([message(more as Partial<Message>)]));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toContain(`publish message.${field} is `);
  });

  it.each([undefined, null, {}, "messages", [null], ["message"]])(
    "refuses %j for messages",
    async (messages) => {
      const { broker } = setUp();
      expect(await rejection(broker.publish(messages as never))).toBeInstanceOf(InvalidOptionError);
    },
  );

  it.each<[string, object]>([
    ["topics", { topics: [""], onMessage: () => {} }],
    ["topics", { topics: [], onMessage: () => {} }],
    ["topics", { topics: "test", onMessage: () => {} }],
    ["onMessage", { topics: ["test"] }],
  ])("refuses a subscription without %s", async (option, given) => {
    const { broker } = setUp();
    const error = await rejection(broker.subscribe(given as never));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toContain(`subscribe ${option} is `);
  });

  it.each<[string, unknown, string]>([
    ["a Date", { items: [{ at: new Date() }] }, "payload.items[0].at"],
    ["a bigint", 1n, "payload"],
    ["undefined in a list", [undefined], "payload[0]"],
    ["an instance", { by: new Told() }, "payload.by"],
  ])(
    "refuses a payload with %s, which JSON would change, and takes nothing of the batch (M1)",
    async (_, payload, path) => {
      const { broker } = setUp();
      const error = await rejection<EncodeRefusedError>(broker.publish([message(), message({ payload })]));
      expect(error).toBeInstanceOf(EncodeRefusedError);
      expect(error.path).toBe(path);
      expect(broker.published).toEqual([]);
    },
  );

  it("keeps what was published as a consumer reads it, apart from what the publisher goes on to do with it", async () => {
    const { broker } = setUp();
    const payload = { n: 1, gone: undefined };
    const headers: Record<string, string> = { tenant: "acme" };
    await broker.publish([message({ payload, headers })]);
    payload.n = 2;
    headers.tenant = "other";
    expect(broker.published).toEqual([
      { ...message(), key: undefined, payload: { n: 1 }, headers: { tenant: "acme" } },
    ]);
    expect(broker.published[0]?.payload).not.toHaveProperty("gone");
  });

  it("gives each subscriber a copy of its own", async () => {
    const { broker } = setUp();
    const seen: unknown[] = [];
    const spoil = (given: Message) => {
      seen.push(structuredClone(given.payload));
      (given.payload as { n: number }).n = -1;
    };
    await broker.subscribe({ topics: ["test"], onMessage: spoil });
    await broker.subscribe({ topics: ["test"], onMessage: spoil });
    await broker.publish([message({ payload: { n: 1 } })]);
    await broker.close();
    expect(seen).toEqual([{ n: 1 }, { n: 1 }]);
    expect(broker.published[0]?.payload).toEqual({ n: 1 });
  });

  it("does not wait for subscribers when it publishes", async () => {
    const { broker } = setUp();
    const gates = new Gates();
    await broker.subscribe({ topics: ["test"], onMessage: () => gates.pass("message") });
    await broker.publish([message()]);
    await quiet();
    expect(gates.waiting).toEqual(["message"]);
    await gates.openAll();
    await finished(broker.close());
  });

  it("gives a new subscriber what is published from then on", async () => {
    const { broker } = setUp();
    const seen: string[] = [];
    await broker.publish([message({ id: "before" })]);
    await broker.subscribe({ topics: ["test"], onMessage: ({ id }) => seen.push(id) });
    await broker.publish([message({ id: "after" })]);
    await broker.close();
    expect(seen).toEqual(["after"]);
  });

  it("handles messages of different keys, and those without a key, at the same time", async () => {
    const { broker } = setUp();
    const gates = new Gates();
    await broker.subscribe({ topics: ["test"], onMessage: ({ id }) => gates.pass(id) });
    await broker.publish([
      message({ id: "a1", key: "a" }),
      message({ id: "a2", key: "a" }),
      message({ id: "b1", key: "b" }),
      message({ id: "c" }),
      message({ id: "d" }),
    ]);
    await quiet();
    expect(gates.waiting).toEqual(["a1", "b1", "c", "d"]);
    await gates.open("a1");
    expect(gates.waiting).toEqual(["b1", "c", "d", "a2"]);
    await gates.openAll();
    await finished(broker.close());
  });

  it("gives a message again before the next of its key, and makes it a dead letter after maxDeliveries", async () => {
    const { broker, logger } = setUp(2);
    const seen: string[] = [];
    await broker.subscribe({
      topics: ["test"],
      onMessage: ({ id }) => {
        seen.push(id);
        if (id === "bad") throw boom;
      },
    });
    await broker.publish([message({ id: "bad", key: "a" }), message({ id: "good", key: "a" })]);
    await broker.close();
    expect(seen).toEqual(["bad", "bad", "good"]);
    expect(broker.deadLetters).toMatchObject([{ message: message({ id: "bad", key: "a" }), error: boom }]);
    expect(logger.lines).toEqual([
      "error: A subscriber of test failed 2 times on a message; it is a dead letter.",
    ]);
  });

  it("gives a message three times when not told otherwise", async () => {
    const { broker } = setUp();
    let deliveries = 0;
    await broker.subscribe({
      topics: ["test"],
      onMessage: async () => {
        deliveries++;
        throw boom;
      },
    });
    await broker.publish([message()]);
    await broker.close();
    expect(deliveries).toBe(3);
  });

  it("says which broker refused what once it is closed", async () => {
    const { broker } = setUp();
    await broker.close();
    const error = await rejection<BrokerClosedError>(broker.publish([message()]));
    expect(error).toBeInstanceOf(BrokerClosedError);
    expect(error).toMatchObject({ code: "SLUICE_BROKER_CLOSED", broker: "MemoryMessageBroker" });
    expect(broker.published).toEqual([]);
  });

  it("takes nothing more while it closes, and closes when all is handled", async () => {
    const { broker } = setUp();
    const gates = new Gates();
    await broker.subscribe({ topics: ["test"], onMessage: ({ id }) => gates.pass(id) });
    await broker.publish([message({ id: "1", key: "a" }), message({ id: "2", key: "a" })]);
    const closed = broker.close();
    expect(await rejection(broker.publish([message()]))).toBeInstanceOf(BrokerClosedError);
    expect(await stateOf(closed)).toBe("pending");
    await gates.open("1");
    expect(await stateOf(closed)).toBe("pending");
    await gates.open("2");
    await finished(closed);
  });

  it("drops what a closed subscription has not begun, and waits for the rest", async () => {
    const { broker } = setUp();
    const gates = new Gates();
    const subscription = await broker.subscribe({ topics: ["test"], onMessage: ({ id }) => gates.pass(id) });
    await broker.publish([message({ id: "1", key: "a" }), message({ id: "2", key: "a" })]);
    await quiet();
    const closed = subscription[Symbol.asyncDispose]();
    expect(await stateOf(closed as Promise<void>)).toBe("pending");
    await gates.openAll();
    await finished(closed);
    expect(gates.arrived).toEqual(["1"]);
  });
});

describe("MemoryMessageBroker under a mediator", () => {
  it("carries what handlers emit, follow-ups among it, with where it belongs (E1, M3)", async () => {
    class Happened extends DomainEvent {}
    const { broker } = setUp();
    const received: Message[] = [];
    await broker.subscribe({ topics: ["test"], onMessage: (given) => received.push(given) });
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Happened, (_event, { emit }) => emit(new Told(2))),
      messageBroker: broker,
    });
    const first = new Told(1, "a");
    await mediator.send(
      new Do(({ emit }) => {
        emit(first);
        emit(new Happened());
      }),
      { metadata: { correlationId: "c-1", headers: { tenant: "acme" } } },
    );
    await mediator.close();
    await broker.close();
    expect(received.map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(received[0]).toMatchObject({ id: first.eventId, key: "a", timestamp: first.eventTimestamp });
    for (const { headers } of received) {
      expect(headers).toMatchObject({
        tenant: "acme",
        "correlation-id": "c-1",
        "causation-id": expect.any(String),
      });
    }
  });

  it("fails the dispatch of an event that it refuses, at the field (E6, M1)", async () => {
    const { broker } = setUp();
    await using mediator = bootstrap({ messageBroker: broker });
    const event = new NotificationEvent({ eventName: "told", topic: "test", payload: { at: new Date() } });
    const error = await rejection<AggregateError>(mediator.publish(event));
    expect(error.errors).toEqual([expect.any(EncodeRefusedError)]);
    expect(broker.published).toEqual([]);
  });
});
