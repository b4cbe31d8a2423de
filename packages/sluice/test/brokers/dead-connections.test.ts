import { kafka, nats, type RunningServer, rabbitmq, redis, TcpProxy } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { MessageBroker } from "sluice";
import { KafkaBroker } from "sluice/brokers/kafka";
import { NatsBroker } from "sluice/brokers/nats";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { RedisBroker } from "sluice/brokers/redis";
import { RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000, maxConcurrency: 10 });

const signal = new AbortController().signal;
const logger = new RecordingLogger();
const idleTimeoutMs = 1_000;
/** Much longer than that, and much shorter than the default. */
const patience = { timeout: 12_000, interval: 20 };

const kinds = [
  {
    program: kafka,
    name: "KafkaBroker",
    settings: (port: number) => ({ "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}` }),
    open: (url: string) =>
      new KafkaBroker({ bootstrapBrokers: [url], createTopics: { partitions: 1 }, idleTimeoutMs, logger }),
  },
  {
    program: rabbitmq,
    name: "RabbitMQBroker",
    open: (url: string) => new RabbitMQBroker({ connection: { url }, idleTimeoutMs, logger }),
  },
  {
    program: nats,
    name: "NatsBroker",
    open: (servers: string) =>
      new NatsBroker({
        connection: { servers },
        createStreams: {},
        ackWaitMs: 1_000,
        idleTimeoutMs,
        logger,
      }),
  },
  {
    program: redis,
    name: "RedisBroker",
    open: (connection: string) => new RedisBroker({ connection, claimIdleMs: 1_000, idleTimeoutMs, logger }),
  },
];

for (const { program, name, settings, open } of kinds) {
  describeWith(program, `connections of a ${name} that are dead without a word`, () => {
    let server: RunningServer;
    let proxy: TcpProxy;
    const brokers: MessageBroker[] = [];
    const broker = () => {
      const made = open(server.url.replace(`:${server.port}`, `:${proxy.port}`));
      brokers.push(made);
      return made;
    };
    beforeAll(async () => {
      let port = 0;
      proxy = await TcpProxy.open(() => port);
      server = await program.start({ settings: settings?.(proxy.port) });
      port = server.port;
    });
    afterAll(async () => {
      await Promise.all(brokers.map((each) => each.close?.()));
      await server.stop();
      await proxy[Symbol.asyncDispose]();
    });

    it("are made anew after idleTimeoutMs, by publishers and by subscribers with and without a group", async () => {
      const topic = "orders";
      const seen = { first: [] as string[], second: [] as string[], alone: [] as string[] };
      const subscribe = (who: keyof typeof seen, group?: string) =>
        broker().subscribe?.({
          topics: [topic],
          group,
          onMessage: ({ id }) => void seen[who].push(id),
        });
      const publisher = broker();
      const publish = (id: string) =>
        publisher.publish([{ id, name: "told", topic, timestamp: new Date(), headers: {}, payload: {} }], {
          signal,
        });
      await Promise.all([subscribe("first", "g-1"), subscribe("second", "g-2"), subscribe("alone")]);
      // A broker without replay keeps nothing for a subscriber without a group that is away.
      const { alone, ...groups } = seen;
      const complete = Object.values(publisher.features?.replay ? seen : groups);
      const arrived = (id: string) => () => complete.every((ids) => ids.includes(id));
      await publish("m-1");
      await vi.waitUntil(arrived("m-1"), patience);
      for (const id of ["m-2", "m-3"]) {
        proxy.killSilently();
        await publish(id);
        await vi.waitUntil(arrived(id), patience);
      }
      await vi.waitUntil(async () => {
        await publish(crypto.randomUUID());
        return alone.at(-1) === seen.first.at(-1);
      }, patience);
    });
  });
}

describeWith(kafka, "a member of a group on Kafka whose connections are dead without a word", () => {
  let server: RunningServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    let port = 0;
    proxy = await TcpProxy.open(() => port);
    const settings = {
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${proxy.port}`,
      "group.min.session.timeout.ms": 1_000,
    };
    server = await kafka.start({ settings });
    port = server.port;
  });
  afterAll(async () => {
    await server.stop();
    await proxy[Symbol.asyncDispose]();
  });

  it("keeps its partitions, and what it handles, since it is heard again before its session is over", async () => {
    const sessionTimeoutMs = 6_000;
    const topics = ["orders"];
    const broker = new KafkaBroker({
      bootstrapBrokers: [`127.0.0.1:${proxy.port}`],
      createTopics: { partitions: 1 },
      sessionTimeoutMs,
      idleTimeoutMs,
      logger,
    });
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<boolean>();
    const ids: string[] = [];
    await broker.subscribe({
      topics,
      group: "g",
      onMessage: async ({ id }, handling) => {
        ids.push(id);
        if (id !== "m-1") return;
        begun.resolve();
        // By then a member that was not heard again is out of the group.
        await new Promise((resolve) => setTimeout(resolve, 2 * sessionTimeoutMs));
        ended.resolve(handling.aborted);
      },
    });
    const message = { name: "told", topic: "orders", timestamp: new Date(), headers: {}, payload: {} };
    await broker.publish([{ ...message, id: "m-1" }], { signal });
    await begun.promise;
    proxy.killSilently();
    expect(await ended.promise).toBe(false);
    await broker.publish([{ ...message, id: "m-2" }], { signal });
    await vi.waitUntil(() => ids.includes("m-2"), patience);
    expect(ids).toEqual(["m-1", "m-2"]);
    await broker.close();
  });
});
