import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import { FakeConnection } from "./rabbitmq.fixture.js";
import { RabbitMQBroker } from "./rabbitmq-broker.js";
import type { RabbitMQBrokerOptions } from "./rabbitmq-broker-options.js";

const open = (options: Partial<RabbitMQBrokerOptions> = {}) =>
  new RabbitMQBroker({ connection: new FakeConnection(), ...options });

describe("RabbitMQBroker", () => {
  it.each<[string, unknown]>([
    ["connection", "amqp://127.0.0.1"],
    ["consumerConnection", {}],
    ["exchangeOf", "orders"],
    ["queueOf", null],
    ["routingKeyOf", 1],
    ["declare", "no"],
    ["queueType", "stream"],
    ["singleActiveConsumer", 1],
    ["unroutable", true],
    ["publishTimeoutMs", 0],
    ["publishTimeoutMs", 2 ** 31],
    ["maxPending", 0.5],
  ])("refuses for %s the value %j", (option, value) => {
    expect(() => open({ [option]: value })).toThrow(InvalidOptionError);
    expect(() => open({ [option]: value })).toThrow(`RabbitMQBroker ${option} is`);
  });

  it("declares what it can do by what it is set to", () => {
    expect(open().features).toMatchObject({
      orderPerKey: "group",
      delay: true,
      countsAttempts: true,
      replay: false,
    });
    const others = open({ singleActiveConsumer: false, declare: false, queueType: "classic" }).features;
    expect(others).toMatchObject({ orderPerKey: "member", delay: false, countsAttempts: false });
  });

  it("refuses a prefetch that is smaller than the number of topics, each of which has its own", async () => {
    const subscribing = open().subscribe({ topics: ["a", "b"], prefetch: 1, onMessage: () => {} });
    await expect(subscribing).rejects.toThrow("subscribe prefetch is 1; expected a whole number from 2 up");
  });

  it("refuses to do anything once it is closed", async () => {
    const broker = open();
    await broker.close();
    const { signal } = new AbortController();
    const raw = { headers: {}, body: new Uint8Array() };
    for (const action of [
      broker.publish([], { signal }),
      broker.forward({ raw }, { topic: "t", signal }),
      broker.subscribe({ topics: ["t"], onMessage: () => {} }),
      broker.deadLetterQueue("d"),
    ])
      await expect(action).rejects.toThrow(BrokerClosedError);
  });

  it("takes nothing of a batch in which one is no message", async () => {
    const connection = new FakeConnection();
    const publishing = open({ connection }).publish([{} as never], { signal: new AbortController().signal });
    await expect(publishing).rejects.toThrow(InvalidOptionError);
    expect(connection.channels).toEqual([]);
  });
});
