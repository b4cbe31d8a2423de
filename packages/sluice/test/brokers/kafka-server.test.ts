import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Admin, Consumer, Producer, stringSerializers } from "@platformatic/kafka";
import { kafka, type RunningServer } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { MalformedMessageError, MessageRefusedError, PublishFailedError } from "sluice/brokers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Brokers, eventually, message, messages, never } from "./kafka.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000, maxConcurrency: 12 });

describeWith(kafka, "a broker on Kafka", () => {
  const brokers = new Brokers();
  let server: RunningServer;
  const make = (options?: Parameters<Brokers["make"]>[1]) => brokers.make(server.url, options);
  const driverOptions = () => ({ clientId: "test", bootstrapBrokers: [server.url] });

  async function committedMetadata(group: string): Promise<string[]> {
    const admin = new Admin(driverOptions());
    const groups = await admin.listConsumerGroupOffsets({ groups: [group] });
    await admin.close();
    return groups.flatMap(({ topics }) =>
      topics.flatMap(({ partitions }) => partitions.map(({ metadata }) => metadata ?? "")),
    );
  }

  beforeAll(async () => {
    server = await kafka.start({ settings: { "group.min.session.timeout.ms": 1_000 } });
  });

  afterAll(async () => {
    await brokers.close();
    await server.stop();
  });

  describe.concurrent("a group", () => {
    it.concurrent("may have members with other topics: each gets the messages of its own", async () => {
      const broker = make();
      const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
      const had = { [one]: 0, [other]: 0 };
      for (const topic of [one, other]) {
        const onMessage = (received: { topic: string }) => {
          if (received.topic === topic) had[topic] = (had[topic] ?? 0) + 1;
        };
        await broker.subscribe({ topics: [topic], group: one, onMessage });
      }
      await broker.publish([...messages(one, 30, 6), ...messages(other, 30, 6)], { signal: never });
      await eventually(() => had[one] === 30 && had[other] === 30);
    });

    it.concurrent("goes on where it was: what is done behind a message that is not is not repeated, and its tries count (C1, C3)", async () => {
      const topic = crypto.randomUUID();
      const broker = make();
      await broker.publish(messages(topic, 60, 6), { signal: never });
      const first: string[] = [];
      const stuck = await broker.subscribe({
        topics: [topic],
        group: topic,
        closeTimeoutMs: 0,
        onMessage: ({ id, key }) => {
          if (key === "key 3") return new Promise(() => {});
          first.push(id);
          return undefined;
        },
      });
      await eventually(() => first.length === 50);
      await stuck.close();
      const second: [string, number][] = [];
      await make().subscribe({
        topics: [topic],
        group: topic,
        onMessage: ({ id, attempt }) => void second.push([id, attempt]),
      });
      await eventually(() => second.length >= 10);
      await make().publish([message(topic, 99, { key: "key 3" })], { signal: never });
      await eventually(() => second.length >= 11);
      expect(second).toEqual([
        ["m-3", 2],
        ...Array.from({ length: 9 }, (_, index) => [`m-${9 + index * 6}`, 1]),
        ["m-99", 1],
      ]);
    });

    it.concurrent("shares its messages among its members, each key at one of them", async () => {
      const topic = crypto.randomUUID();
      const received = [new Map<string, string>(), new Map<string, string>()];
      for (const each of received)
        await make().subscribe({
          topics: [topic],
          group: topic,
          onMessage: ({ id, key = "" }) => void each.set(id, key),
        });
      const publisher = make();
      const sent: string[] = [];
      // Until the second member has its share.
      for (let n = 0; received.some(({ size }) => size === 0) || n < 5; n++) {
        const batch = messages(topic, 32, 16, n * 32);
        await publisher.publish(batch, { signal: never });
        sent.push(...batch.map(({ id }) => id));
      }
      await eventually(() => received.reduce((sum, { size }) => sum + size, 0) >= sent.length);
      expect(received.flatMap((each) => [...each.keys()]).sort()).toEqual(sent.sort());
    });

    it.concurrent("gives nobody more than prefetch, while other keys of a partition go on (C2)", async () => {
      const topic = crypto.randomUUID();
      const broker = make({ createTopics: { partitions: 1 } });
      await broker.publish(messages(topic, 200, 4), { signal: never });
      const open = Promise.withResolvers<void>();
      let done = 0;
      let most = 0;
      let running = 0;
      await broker.subscribe({
        topics: [topic],
        group: topic,
        prefetch: 20,
        concurrency: 20,
        onMessage: async ({ key }) => {
          most = Math.max(most, ++running);
          if (key === "key 1") await open.promise;
          running--;
          done++;
        },
      });
      // 20 of the stuck key's are taken then, and three of the others for each of them.
      await eventually(() => done >= 57);
      expect(done).toBeLessThanOrEqual(60);
      open.resolve();
      await eventually(() => done === 200);
      expect(most).toBeLessThanOrEqual(20);
    });

    it.concurrent("counts the try of a member that was killed", async () => {
      const topic = crypto.randomUUID();
      const broker = make();
      await broker.publish([message(topic, 1, { key: "k" })], { signal: never });
      const program = fileURLToPath(new URL("kafka-member.js", import.meta.url));
      const member = spawn(process.execPath, [program, server.url, topic], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        await once(member.stdout, "data");
        await eventually(async () => (await committedMetadata(topic)).some((text) => text !== ""));
      } finally {
        const gone = once(member, "exit");
        member.kill("SIGKILL");
        await gone;
      }
      const received: unknown[] = [];
      await make({ sessionTimeoutMs: 1_000 }).subscribe({
        topics: [topic],
        group: topic,
        onMessage: ({ id, attempt }) => void received.push([id, attempt]),
      });
      await eventually(() => received.length > 0);
      expect(received).toEqual([["m-1", 2]]);
    });

    it.concurrent("that is new and begins with the next message keeps that place", async () => {
      const topic = crypto.randomUUID();
      const broker = make();
      await broker.publish([message(topic, 1)], { signal: never });
      const options = { topics: [topic], group: topic, startAt: "latest" } as const;
      await (await broker.subscribe({ ...options, onMessage: () => {} })).close();
      await broker.publish([message(topic, 2)], { signal: never });
      const received: string[] = [];
      await broker.subscribe({ ...options, onMessage: ({ id }) => void received.push(id) });
      await eventually(() => received.length > 0);
      expect(received).toEqual(["m-2"]);
    });
  });

  describe.concurrent("a subscriber without a group", () => {
    it.concurrent("begins where it wants to, and leaves no group behind", async () => {
      const topic = crypto.randomUUID();
      const broker = make();
      await broker.publish([message(topic, 1)], { signal: never });
      await new Promise((resolve) => setTimeout(resolve, 5));
      const moment = new Date();
      await broker.publish([message(topic, 2)], { signal: never });
      const received: string[][] = [];
      for (const startAt of ["earliest", "latest", moment] as const) {
        const ids: string[] = [];
        received.push(ids);
        await broker.subscribe({ topics: [topic], startAt, onMessage: ({ id }) => void ids.push(id) });
      }
      await broker.publish([message(topic, 3)], { signal: never });
      await eventually(() => received.every((ids) => ids.includes("m-3")));
      expect(received.map((ids) => ids.toSorted())).toEqual([["m-1", "m-2", "m-3"], ["m-3"], ["m-2", "m-3"]]);
      const admin = new Admin(driverOptions());
      const groups = await admin.listGroups({ types: ["classic", "consumer"] });
      await admin.close();
      expect([...groups.keys()].filter((name) => name.startsWith("sluice-"))).toEqual([]);
    });
  });

  describe.concurrent("publishing", () => {
    it.concurrent("to a topic that does not exist is an error, and so is subscribing to it", async () => {
      const broker = make({ createTopics: undefined });
      const published = broker.publish([message("nowhere", 1)], { signal: never });
      await expect(published).rejects.toThrow(/has no topic nowhere.*createTopics/);
      await expect(published).rejects.toMatchObject({ code: "SLUICE_BROKER_UNAVAILABLE" });
      const subscribed = broker.subscribe({ topics: ["nowhere"], group: "g", onMessage: () => {} });
      await expect(subscribed).rejects.toThrow(/has no topic nowhere.*createTopics/);
      await expect(broker.publish([message("no where", 1)], { signal: never })).rejects.toThrow(
        MessageRefusedError,
      );
    });

    it.concurrent("names the message that is too large, and those of its key behind it; the others arrive", async () => {
      const topic = crypto.randomUUID();
      const broker = make();
      const received: string[] = [];
      await broker.subscribe({ topics: [topic], onMessage: ({ id }) => void received.push(id) });
      const batch = messages(topic, 20, 4);
      batch[5] = {
        ...message(topic, 5, { key: "key 1" }),
        payload: { n: 5, text: "x".repeat(1_100_000) },
      } as never;
      const failure = await broker.publish(batch, { signal: never }).catch((error) => error);
      expect(failure).toBeInstanceOf(PublishFailedError);
      const failed = ["m-5", "m-9", "m-13", "m-17"];
      expect([...failure.failures.keys()].toSorted()).toEqual(failed.toSorted());
      expect(failure.failures.get("m-5")).toBeInstanceOf(MessageRefusedError);
      const rest = batch.map(({ id }) => id).filter((id) => !failed.includes(id));
      await eventually(() => received.length >= rest.length);
      expect(received.toSorted()).toEqual(rest.toSorted());
      await broker.publish([message(topic, 21, { key: "key 1" })], { signal: never });
    });

    it.concurrent("keeps the order of a key over concurrent calls", async () => {
      const topic = crypto.randomUUID();
      const broker = make();
      const received: string[] = [];
      await broker.subscribe({
        topics: [topic],
        onMessage: ({ id, key }) => void (key === "key 1" && received.push(id)),
      });
      const all = messages(topic, 500, 5);
      await Promise.all(all.map((each) => broker.publish([each], { signal: never })));
      const ofKey = all.filter(({ key }) => key === "key 1").map(({ id }) => id);
      await eventually(() => received.length >= ofKey.length);
      expect(received).toEqual(ofKey);
    });
  });

  it.concurrent("hands over what is no CloudEvent as it came, and the messages behind it", async () => {
    const topic = crypto.randomUUID();
    const broker = make({ createTopics: { partitions: 1 } });
    await broker.publish([message(topic, 1)], { signal: never });
    const producer = new Producer({ ...driverOptions(), serializers: stringSerializers });
    await producer.send({ messages: [{ topic, key: "k", value: "not { JSON" }] });
    await producer.close();
    await broker.publish([message(topic, 2)], { signal: never });
    const received: unknown[] = [];
    await broker.subscribe({
      topics: [topic],
      group: topic,
      onMessage: (given) => {
        try {
          received.push(given.id);
        } catch (error) {
          received.push(error);
        }
      },
    });
    await eventually(() => received.length === 3);
    expect(received).toEqual(["m-1", expect.any(MalformedMessageError), "m-2"]);
    const { raw } = received[1] as MalformedMessageError;
    expect([raw.key, new TextDecoder().decode(raw.body)]).toEqual(["k", "not { JSON"]);
  });

  it.concurrent("keeps dead letters as they came until they are removed", async () => {
    const topic = crypto.randomUUID();
    const broker = make({ createTopics: undefined });
    const queue = await broker.deadLetterQueue(`${topic}.dead-letters`);
    const source = make();
    await source.subscribe({
      topics: [topic],
      onMessage: (given) => queue.add(given, { why: "it failed" }, never),
    });
    await source.publish(messages(topic, 3, 1), { signal: never });
    const all = async () => (await broker.deadLetterQueue(`${topic}.dead-letters`)).list();
    await eventually(async () => (await all()).length === 3);
    const [first, second, third] = await all();
    expect(first?.message.raw).toMatchObject({
      key: "key 0",
      headers: { ce_id: "m-0", why: "it failed" },
      body: Buffer.from('{"n":0}'),
    });
    expect(first?.message.attempt).toBe(1);
    expect(await queue.list({ limit: 1, after: first?.id as string })).toMatchObject([{ id: second?.id }]);
    expect(await queue.remove(second?.id as string)).toBe(true);
    expect(await queue.remove(second?.id as string)).toBe(false);
    expect((await all()).map(({ id }) => id)).toEqual([first?.id, third?.id]);
  });

  it.concurrent("works with clients of your own, and leaves them open", async () => {
    const topic = crypto.randomUUID();
    const producer = new Producer(driverOptions());
    const admin = new Admin(driverOptions());
    const consumers: Consumer[] = [];
    const consumer = (options: object) => {
      const made = new Consumer({ ...driverOptions(), ...options } as never);
      consumers.push(made as never);
      return made as never;
    };
    const broker = make({ bootstrapBrokers: undefined, clients: { producer, admin, consumer } });
    const received: string[] = [];
    await broker.subscribe({ topics: [topic], group: topic, onMessage: ({ id }) => void received.push(id) });
    await broker.publish([message(topic, 1)], { signal: never });
    await eventually(() => received.length === 1);
    await broker.close();
    expect(consumers.map(({ closed }) => closed)).toEqual([true, true]);
    expect([producer.closed, admin.closed]).toEqual([false, false]);
    await Promise.all([producer.close(), admin.close()]);
  });
});
