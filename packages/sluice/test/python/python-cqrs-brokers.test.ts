import { randomUUID } from "node:crypto";
import { kafka, programs, type RunningServer, rabbitmq, type Service } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { Connection } from "rabbitmq-client";
import { bootstrap, DomainEvent, type Message, type MessageBroker } from "sluice";
import { pythonCqrs } from "sluice/brokers";
import { KafkaBroker } from "sluice/brokers/kafka";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { consume } from "sluice/consumers";
import { MessageRegistry } from "sluice/messages";
import { RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { askPython } from "./ask-python.fixture.js";

const program = "python_cqrs_brokers.py";
const models = ["dataclass", "any payload", "pydantic"] as const;
const { signal } = new AbortController();

class OrderPlaced extends DomainEvent {
  readonly order_id?: string;
  readonly orderId?: string;
  readonly total?: number;
}

interface Side {
  /** What python-cqrs calls it. */
  readonly name: "kafka" | "amqp";
  readonly service: Service;
  /** Works on the layout of python-cqrs. */
  readonly create: (url: string) => MessageBroker;
  /** What is there before a message may come. */
  readonly prepare?: (url: string, topic: string) => Promise<void>;
}

const sides: readonly Side[] = [
  {
    name: "kafka",
    service: kafka,
    create: (url) =>
      new KafkaBroker({
        bootstrapBrokers: [url],
        createTopics: { partitions: 1 },
        wire: pythonCqrs(),
        logger: new RecordingLogger(),
      }),
  },
  {
    name: "amqp",
    service: rabbitmq,
    // python-cqrs publishes to, and consumes from, a classic queue of the topic's name.
    create: (url) =>
      new RabbitMQBroker({
        connection: { url },
        declare: false,
        exchangeOf: () => "",
        routingKeyOf: ({ topic }) => topic,
        queueOf: (topic) => topic,
        queueType: "classic",
        singleActiveConsumer: false,
        wire: pythonCqrs(),
        logger: new RecordingLogger(),
      }),
    async prepare(url, topic) {
      const connection = new Connection(url);
      await connection.queueDeclare({ queue: topic, durable: false });
      await connection.close();
    },
  },
];

describeWith(programs.pythonWithCqrs, "python-cqrs and Sluice share a topic:", () => {
  describe.concurrent.each(sides)("over $name", ({ name, service, create, prepare }) => {
    describeWith(service, service.name, () => {
      let server: RunningServer;
      beforeAll(async () => {
        server = await service.start();
      }, 60_000);
      afterAll(() => server?.stop());

      it.concurrent("what python-cqrs publishes is handled by a consumer", { timeout: 60_000 }, async ({
        expect,
      }) => {
        const topic = randomUUID();
        await prepare?.(server.url, topic);
        const ways = models.flatMap((model) => ["emitted", "outbox"].map((way) => ({ model, way })));
        const calls = ways.map(({ model, way }, total) => {
          const payload = { order_id: `${model}, ${way}`, total };
          const event_timestamp = "2026-11-30T17:00:00+00:00";
          const fields = {
            event_id: randomUUID(),
            event_name: "order.placed",
            topic,
            event_timestamp,
            payload,
          };
          return ["send", name, server.url, way, model, fields] as const;
        });
        await askPython(program, calls);

        const handled: unknown[] = [];
        const given: unknown[] = [];
        await using mediator = bootstrap({
          domainEventsMapper: (map) =>
            map.bind(OrderPlaced, async ({ order_id, orderId, total }, { metadata }) => {
              handled.push([metadata.correlationId, order_id ?? orderId, total]);
            }),
        });
        const broker = create(server.url);
        const consumer = await consume({
          ...{ broker, topics: [topic], group: "sluice", mediator },
          registry: new MessageRegistry().register("order.placed", OrderPlaced),
          deadLetter: (_, error) => void given.push(error),
        });
        await vi.waitUntil(() => handled.length + given.length >= calls.length, { timeout: 20_000 });
        await consumer.close();
        await broker.close();
        expect(given).toEqual([]);
        const sent = calls.map(([, , , , , { event_id, payload }]) => [
          event_id,
          payload.order_id,
          payload.total,
        ]);
        expect(handled).toHaveLength(sent.length);
        expect(handled).toEqual(expect.arrayContaining(sent));
      });

      it.concurrent("what Sluice publishes is what a consumer of python-cqrs decodes", {
        timeout: 60_000,
      }, async ({ expect }) => {
        const received = await Promise.all(
          models.map(async (model) => {
            const topic = randomUUID();
            await prepare?.(server.url, topic);
            const messages = Array.from({ length: 3 }, (_, n) => message(topic, n));
            const broker = create(server.url);
            await broker.publish(messages, { signal });
            await broker.close();
            return { topic, messages, call: ["receive", name, server.url, topic, model, messages.length] };
          }),
        );
        const answers = await askPython(
          program,
          received.map(({ call }) => call),
        );
        for (const [at, { topic, messages }] of received.entries())
          expect(answers[at]).toEqual(
            messages.map(({ id, payload }) => ({
              ...{ event_id: id, event_name: "order.placed", topic, payload },
              event_timestamp: "2026-11-30T17:00:00.123+00:00",
            })),
          );
      });
    });
  });
});

function message(topic: string, total: number): Message {
  return {
    ...{ id: randomUUID(), name: "order.placed", topic, key: "o-1", headers: { traceparent: "00-1" } },
    timestamp: new Date("2026-11-30T17:00:00.123Z"),
    payload: { order_id: "o-1", total },
  };
}
