import { kafka, nats, type RunningServer, rabbitmq, redis } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { NoReplyError, ResponderLostError } from "sluice/request-reply";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type BrokerModule, CountTo, Services, Wait } from "./request-reply.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000, maxConcurrency: 10 });

const signal = new AbortController().signal;
const eventually = (condition: () => unknown) => vi.waitUntil(condition, { timeout: 15_000, interval: 10 });

/** Each with its shortest time until the requests of a lost process are given to others. */
const modules: (BrokerModule & {
  readonly program: typeof redis;
  readonly settings?: Record<string, number>;
})[] = [
  {
    program: kafka,
    settings: { "group.min.session.timeout.ms": 1_000 },
    entryPoint: "sluice/brokers/kafka",
    brokerClass: "KafkaBroker",
    options: (url) => ({
      bootstrapBrokers: [url],
      createTopics: { partitions: 3 },
      sessionTimeoutMs: 1_000,
    }),
  },
  {
    program: rabbitmq,
    entryPoint: "sluice/brokers/rabbitmq",
    brokerClass: "RabbitMQBroker",
    options: (url) => ({ connection: { url } }),
  },
  {
    program: nats,
    entryPoint: "sluice/brokers/nats",
    brokerClass: "NatsBroker",
    options: (servers) => ({ connection: { servers }, createStreams: {}, ackWaitMs: 1_000 }),
  },
  {
    program: redis,
    entryPoint: "sluice/brokers/redis",
    brokerClass: "RedisBroker",
    options: (connection) => ({ connection, claimIdleMs: 1_000 }),
  },
];

for (const module of modules) {
  describeWith(module.program, `request and reply through ${module.brokerClass}`, () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await module.program.start({ settings: module.settings });
    });
    afterAll(() => server.stop());

    it.concurrent("streams in order, at most `credit` items ahead, to each requester its own", async () => {
      await using services = new Services(module, server.url);
      await services.respond();
      const [one, two] = [await services.request({ credit: 4 }), await services.request({ credit: 4 })];
      const items = one.stream(new CountTo(100));
      expect(await items.next()).toEqual({ done: false, value: 1 });
      expect(await two.stream(new CountTo(1)).next()).toEqual({ done: false, value: 1 });
      const ahead = services.done.filter((each) => each !== "finally").length;
      expect(ahead).toBeLessThanOrEqual(1 + 4 + 2);
      const rest: number[] = [];
      for await (const item of items) rest.push(item);
      expect(rest).toEqual(Array.from({ length: 99 }, (_, n) => n + 2));
    });

    it.concurrent("tells the far handler of a break, and of a time limit", async () => {
      await using services = new Services(module, server.url);
      await services.respond();
      const requester = await services.request({ credit: 2 });
      for await (const item of requester.stream(new CountTo(1_000))) if (item === 5) break;
      await eventually(() => services.done.includes("finally"));
      expect(services.done.at(-2)).toBeLessThan(10);
      const refused = requester.send(new Wait(), { timeoutMs: 2_000 });
      await expect(refused).rejects.toBeInstanceOf(NoReplyError);
      await eventually(() => services.done.includes("told to stop"));
    });

    it.concurrent("shares the requests among the responders of a group", async () => {
      await using services = new Services(module, server.url);
      const closing = await services.respond();
      await services.respond();
      const requester = await services.request();
      const ends = Array.from({ length: 30 }, (_, n) => n + 1);
      const last = async (end: number) => {
        let value = 0;
        for await (const item of requester.stream(new CountTo(end))) value = item;
        return value;
      };
      expect(await Promise.all(ends.map(last))).toEqual(ends);
      await closing.close();
      expect(await Promise.all(ends.map(last))).toEqual(ends);
    });

    it.concurrent("says so when the process that streamed is killed, and has the request handled anew", async () => {
      await using services = new Services(module, server.url);
      const elsewhere = await services.respondElsewhere();
      expect(await elsewhere.said()).toBe("ready");
      const requester = await services.request();
      const items = requester.stream(new CountTo(7));
      for (const value of [1, 2, 3]) expect(await items.next()).toEqual({ done: false, value });
      expect(await elsewhere.said()).toBe("told");
      await services.respond();
      await elsewhere.kill();
      await expect(items.next()).rejects.toBeInstanceOf(ResponderLostError);
      expect(services.done[0]).toBe(1);
    });

    it.concurrent("buries what is no request, and goes on with those behind it", async () => {
      await using services = new Services(module, server.url);
      await services.respond();
      const broker = await services.broker();
      const { topic } = services;
      const message = { id: "m-1", name: "count.to", topic, timestamp: new Date(), headers: {} };
      await broker.publish([{ ...message, payload: { end: 1 } }], { signal });
      const requester = await services.request();
      expect(await requester.stream(new CountTo(1)).next()).toMatchObject({ value: 1 });
      const letters = await broker.deadLetterQueue?.(`${topic}.dead-letters`);
      const list = async () => (await letters?.list()) ?? [];
      await eventually(async () => (await list()).length > 0);
      const [letter] = await list();
      expect(letter?.message).toMatchObject({ id: "m-1", payload: { end: 1 } });
      expect(letter?.message.raw.headers["dead-letter-reason"]).toBe("SLUICE_NO_REPLY_WANTED");
    });
  });
}
