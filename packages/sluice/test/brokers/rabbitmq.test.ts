import { type RunningServer, rabbitmq } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { ReceivedMessage } from "sluice";
import { MalformedMessageError } from "sluice/brokers";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Inbox, RabbitMQBed, signal } from "./rabbitmq.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000, maxConcurrency: 10 });

describeWith(rabbitmq, "RabbitMQBroker", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await rabbitmq.start();
  });
  afterAll(() => server?.stop());

  describe.concurrent.each([true, false])("with singleActiveConsumer %j", (singleActiveConsumer) => {
    const cases = brokerConformance({
      name: "RabbitMQ",
      create: () =>
        new RabbitMQBed(server).broker({
          logger: new RecordingLogger(),
          singleActiveConsumer,
          unroutable: "drop",
        }),
      features: new RabbitMQBroker({ connection: {}, singleActiveConsumer }).features,
      largestPayload: 1_500_000,
    });
    const ofGroups = /group|member|prefetch|counts/;
    for (const { name, run } of cases)
      if (singleActiveConsumer || ofGroups.test(name)) it.concurrent(name, () => run());
  });

  describe.concurrent("what others publish", () => {
    it.concurrent("comes with its very bytes, and its headers as text", async () => {
      await using bed = new RabbitMQBed(server);
      const inbox = new Inbox();
      await bed.broker().subscribe({ topics: [bed.topic], onMessage: inbox.take });
      const body = '{ "n": 12345678901234567890, "a": 1.0 }';
      const headers = {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": "m-1",
        "cloudEvents:source": "/python",
        "cloudEvents:type": "order.placed",
        "cloudEvents:time": 1_700_000_000,
        "cloudEvents:partitionkey": "o-1",
        count: 3,
        flag: true,
        table: { a: 1 },
      };
      await bed.publishBare({ contentType: "application/json", headers }, Buffer.from(body));
      await vi.waitUntil(() => inbox.messages.length === 1, 10_000);
      const [message] = inbox.messages as [ReceivedMessage];
      expect(new TextDecoder().decode(message.raw.body)).toBe(body);
      expect(message.raw).toMatchObject({
        key: "o-1",
        headers: {
          "content-type": "application/json",
          "cloudEvents:time": "2023-11-14T22:13:20.000Z",
          count: "3",
          flag: "true",
          table: '{"a":1}',
        },
      });
    });

    it.concurrent("is handed over where it is no message, too, and those behind it go on (M2)", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const inbox = new Inbox();
      const malformed: MalformedMessageError[] = [];
      await broker.subscribe({
        topics: [bed.topic],
        group: "g",
        onMessage: (message) => {
          try {
            inbox.take(message);
            void message.id;
          } catch (error) {
            malformed.push(error as MalformedMessageError);
            inbox.messages.pop();
          }
        },
      });
      await broker.publish([bed.message("1")], { signal });
      await bed.publishBare({ contentType: "application/json" }, Buffer.from("{ no"));
      await broker.publish([bed.message("2")], { signal });
      expect(await inbox.until(2)).toEqual(["1", "2"]);
      expect(malformed[0]).toBeInstanceOf(MalformedMessageError);
      expect(new TextDecoder().decode(malformed[0]?.raw.body)).toBe("{ no");
    });

    it.concurrent("is forwarded as it came, with headers added", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const [inbox, far] = [new Inbox(), new Inbox()];
      const topic = `${bed.topic}-far`;
      await broker.subscribe({ topics: [topic], onMessage: far.take });
      await broker.subscribe({ topics: [bed.topic], onMessage: inbox.take });
      const body = Buffer.from([1, 2, 3]);
      const headers = { n: 7, cloudEvents_id: "m-1" };
      await bed.publishBare({ contentType: "x/y", messageId: "m", routingKey: "a.b", headers }, body);
      await vi.waitUntil(() => inbox.messages.length === 1, 10_000);
      const [{ raw }] = inbox.messages as [ReceivedMessage];
      await broker.forward({ raw }, { topic, headers: { why: "because" }, signal });
      await vi.waitUntil(() => far.messages.length === 1, 10_000);
      const forwarded = far.messages[0]?.raw;
      const { key, body: bytes, timestamp } = raw;
      expect(forwarded).toMatchObject({ key, body: bytes, timestamp });
      expect(forwarded?.headers).toEqual({ ...raw.headers, why: "because" });
    });
  });

  describe.concurrent("dead letters", () => {
    it.concurrent("are kept as they came, listed in their order as often as one likes, and removed one by one", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const inbox = new Inbox();
      await broker.subscribe({ topics: [bed.topic], onMessage: inbox.take });
      await broker.publish(
        ["1", "2", "3"].map((id) => bed.message(id, { key: "k", headers: { tenant: "acme" } })),
        { signal },
      );
      await inbox.until(3);
      const queue = await broker.deadLetterQueue(`${bed.topic}.dead`);
      for (const message of inbox.messages) await queue.add(message, { "dead-letter-reason": "x" }, signal);
      for (let turn = 0; turn < 25; turn++) await queue.list({ limit: 1 });
      const entries = await queue.list();
      expect(entries.map(({ message }) => message.id)).toEqual(["1", "2", "3"]);
      const [first, second, third] = entries.map(({ id }) => id) as [string, string, string];
      expect(entries[0]?.message).toMatchObject({
        key: "k",
        attempt: 1,
        headers: { tenant: "acme", "dead-letter-reason": "x" },
      });
      expect(entries[0]?.message.raw.body).toEqual(inbox.messages[0]?.raw.body);
      expect((await queue.list({ after: first, limit: 1 })).map(({ id }) => id)).toEqual([second]);
      expect([await queue.remove(second), await queue.remove(second)]).toEqual([true, false]);
      const again = await (await broker.deadLetterQueue(`${bed.topic}.dead`)).list({ after: second });
      expect(again.map(({ id }) => id)).toEqual([third]);
    });
  });

  describe.concurrent("a connection of the user's", () => {
    it.concurrent("stays open when the broker closes, and has no listener of it then", async () => {
      await using bed = new RabbitMQBed(server);
      const connection = bed.connection();
      const listeners = () => connection.eventNames().map((name) => connection.listenerCount(name));
      const before = listeners();
      const broker = bed.broker({ connection });
      await broker.subscribe({ topics: [bed.topic], onMessage: () => {} });
      await broker.publish([bed.message("1")], { signal });
      await broker.close();
      expect(listeners()).toEqual(before);
      expect(connection.ready).toBe(true);
      await connection.queueDeclare({ queue: "", exclusive: true });
    });
  });
});
