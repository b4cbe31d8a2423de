import { setImmediate } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { WireReceivedMessage } from "../received-message.js";
import { cloudEvents } from "../wire/cloud-events.js";
import { DeliveredMessage } from "./delivered-message.js";
import type { OutgoingBatch } from "./outgoing-batch.js";
import { delivery, FakeConnection } from "./rabbitmq.fixture.js";
import { RabbitMQLink } from "./rabbitmq-link.js";
import type { RabbitMQPublisher } from "./rabbitmq-publisher.js";
import { rabbitMQBinding } from "./rabbitmq-wire.js";
import { RetryQueues } from "./retry-queues.js";

const { signal } = new AbortController();
const longest = 2 ** 31 - 1;

function setUp() {
  const connection = new FakeConnection();
  const sent: OutgoingBatch[] = [];
  const publisher = { send: async (batch: OutgoingBatch) => sent.push(batch) };
  const link = new RabbitMQLink(connection, "RabbitMQ", false);
  const queues = new RetryQueues(link, publisher as unknown as RabbitMQPublisher, "quorum");
  const raw = new DeliveredMessage(delivery());
  const message = new WireReceivedMessage(raw, "orders", 3, cloudEvents(), rabbitMQBinding);
  return {
    async sendLater(afterMs: number) {
      await queues.send(message, "orders.g", afterMs, signal);
      await setImmediate();
      return sent.at(-1)?.messages[0]?.envelope;
    },
    get declared() {
      return connection.channels.flatMap(({ calls }) => calls.map(([, params]) => params));
    },
  };
}

it("puts a message into the queue of the shortest time that is long enough, which goes by itself after those in it", async () => {
  const bed = setUp();
  expect(await bed.sendLater(1_500)).toMatchObject({
    exchange: "",
    routingKey: "orders.g.retry.2s",
    expiration: "1500",
    mandatory: true,
    headers: { "sluice-attempt": 3, "sluice-routing-key": "order.placed" },
  });
  expect(bed.declared).toMatchObject([
    {
      queue: "orders.g.retry.2s",
      durable: true,
      arguments: {
        "x-message-ttl": 2_000,
        "x-expires": 86_402_000,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "orders.g",
        "x-dead-letter-strategy": "at-least-once",
      },
    },
  ]);
});

it("has one for the longest time there is, which RabbitMQ keeps for longer", async () => {
  const bed = setUp();
  expect(await bed.sendLater(longest)).toMatchObject({ routingKey: "orders.g.retry.2160000s" });
  const [{ arguments: given }] = bed.declared as [{ arguments: { "x-expires": number } }];
  expect(given["x-expires"]).toBeGreaterThan(longest);
  expect(given["x-expires"]).toBeLessThan(2 ** 32);
});

it("puts one that need not wait back into its queue, with the count of its tries", async () => {
  const bed = setUp();
  const envelope = await bed.sendLater(0);
  expect(envelope).toMatchObject({ routingKey: "orders.g", headers: { "sluice-attempt": 3 } });
  expect(envelope).not.toHaveProperty("expiration");
  expect(bed.declared).toEqual([]);
});

it("declares a queue again within its time, so that it is never gone before a message in it is due", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const bed = setUp();
    await bed.sendLater(1_000);
    await bed.sendLater(1_000);
    expect(bed.declared).toHaveLength(1);
    vi.setSystemTime(Date.now() + 3_600_000);
    await bed.sendLater(1_000);
    expect(bed.declared).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});
