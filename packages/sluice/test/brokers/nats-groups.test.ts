import { jetstreamManager } from "@nats-io/jetstream";
import { nats } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { Message, ReceivedMessage } from "sluice";
import { RetryLater } from "sluice/brokers";
import type { NatsBroker } from "sluice/brokers/nats";
import { describe, expect, it, vi } from "vitest";
import { brokerWith, connection, Inbox, keyed, messages, newTopic, signal, useNats } from "./nats.fixture.js";

vi.setConfig({ testTimeout: 20_000, maxConcurrency: 10 });

describeWith(nats, "NatsBroker's groups and subscribers", () => {
  useNats();

  it.concurrent("keeps a message once that is published again under its id, but every copy that is forwarded", async () => {
    const topic = newTopic();
    const broker = brokerWith();
    const inbox = new Inbox();
    await broker.subscribe({ topics: [topic], group: "g", onMessage: inbox.onMessage });
    const [message] = messages(topic, 1, () => ({ key: "k", headers: { "x-one": "1" } })) as [Message];
    await broker.publish([message], { signal });
    await broker.publish([message], { signal });
    await inbox.has(1);
    await broker.forward(inbox.received[0] as ReceivedMessage, {
      topic,
      headers: { "x-why": "again" },
      signal,
    });
    await inbox.has(2);
    const { id, key, headers } = message;
    expect(inbox.received).toMatchObject([
      { id, key, headers },
      { id, key, headers: { ...headers, "x-why": "again" }, payload: { n: 0 } },
    ]);
  });

  it.concurrent("gives two members of a group each message once, and others of it after one left (C3)", async () => {
    const topic = newTopic();
    const [first, second] = [new Inbox(), new Inbox()];
    const subscribe = (inbox: Inbox) =>
      brokerWith().subscribe({ topics: [topic], group: "g", prefetch: 5, onMessage: inbox.onMessage });
    const leaving = await subscribe(first);
    await subscribe(second);
    await brokerWith().publish(messages(topic, 200), { signal });
    await vi.waitFor(() => expect(first.received.length + second.received.length).toBe(200));
    expect(Math.min(first.received.length, second.received.length)).toBeGreaterThan(0);
    await leaving.close();
    const before = first.received.length;
    await brokerWith().publish(messages(topic, 50), { signal });
    await second.has(250 - before);
    expect(first.received.length).toBe(before);
  });

  it.concurrent("gives at once to others what a closed member did not finish (C3)", async () => {
    const topic = newTopic();
    const started = Promise.withResolvers<void>();
    const stuck = await brokerWith().subscribe({
      topics: [topic],
      group: "g",
      closeTimeoutMs: 50,
      onMessage: () => {
        started.resolve();
        return new Promise(() => {});
      },
    });
    await brokerWith().publish(messages(topic, 20), { signal });
    await started.promise;
    const inbox = new Inbox();
    await brokerWith().subscribe({ topics: [topic], group: "g", onMessage: inbox.onMessage });
    const begin = performance.now();
    await stuck.close();
    await inbox.has(20);
    expect(performance.now() - begin).toBeLessThan(3_000);
    expect(inbox.numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(inbox.received.every(({ attempt }) => attempt === 2)).toBe(true);
  });

  it.concurrent("counts the tries of a member that died", async () => {
    const topic = newTopic();
    const lost = await connection();
    const dying = brokerWith({ connection: lost, ackWaitMs: 1_000 });
    const started = Promise.withResolvers<void>();
    const onMessage = () => {
      started.resolve();
      return new Promise(() => {});
    };
    await dying.subscribe({ topics: [topic], group: "g", closeTimeoutMs: 0, onMessage });
    await brokerWith().publish(messages(topic, 1), { signal });
    await started.promise;
    const inbox = new Inbox();
    await brokerWith().subscribe({ topics: [topic], group: "g", onMessage: inbox.onMessage });
    await lost.close();
    await inbox.has(1);
    expect(inbox.received[0]?.attempt).toBe(2);
  });

  it.concurrent.each([2, 7])(
    "has never more than prefetch messages in flight, over several topics: %d (C2)",
    async (prefetch) => {
      const all = [newTopic(), newTopic(), newTopic()];
      const broker = brokerWith();
      for (const topic of all) await broker.publish(messages(topic, 20), { signal });
      const manager = await jetstreamManager(await connection());
      const infos = async () => {
        const find = async (topic: string) =>
          manager.consumers.info(await manager.streams.find(topic), `g@${topic.replaceAll(".", "=")}`);
        return Promise.all(all.map(find));
      };
      let handled = 0;
      const finish = Promise.withResolvers<void>();
      const onMessage = () => {
        handled++;
        return finish.promise;
      };
      await broker.subscribe({ topics: all, group: "g", prefetch, concurrency: prefetch, onMessage });
      await vi.waitFor(() => expect(handled).toBe(prefetch));
      const pending = (await infos()).map(({ num_ack_pending }) => num_ack_pending);
      expect(pending.reduce((sum, each) => sum + each)).toBe(prefetch);
      finish.resolve();
      await vi.waitFor(() => expect(handled).toBe(60), 10_000);
    },
  );

  it.concurrent("gives nothing to others that takes longer than ackWaitMs and is under way, or waits for its turn", async () => {
    const topic = newTopic();
    const finish = Promise.withResolvers<void>();
    const counts = new Map<string, number>();
    const count = async ({ id }: ReceivedMessage) => {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      await finish.promise;
    };
    const subscribe = () =>
      brokerWith({ ackWaitMs: 1_000 }).subscribe({
        topics: [topic],
        group: "g",
        concurrency: 1,
        onMessage: count,
      });
    await subscribe();
    await brokerWith().publish(messages(topic, 10), { signal });
    await vi.waitFor(() => expect(counts.size).toBe(1));
    await subscribe();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    finish.resolve();
    await vi.waitFor(() => expect(counts.size).toBe(10));
    expect([...counts.values()]).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it.concurrent("has the server keep what is to be tried later, where the order does not matter", async () => {
    const topic = newTopic();
    const attempts: number[] = [];
    const times: number[] = [];
    await brokerWith().subscribe({
      topics: [topic],
      group: "g",
      onMessage: ({ attempt }) => {
        attempts.push(attempt);
        times.push(performance.now());
        return attempt < 3 ? new RetryLater(300) : undefined;
      },
    });
    await brokerWith().publish(messages(topic, 1), { signal });
    await vi.waitFor(() => expect(attempts).toEqual([1, 2, 3]), 5_000);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(290);
  });

  it.concurrent("begins where startAt says", async () => {
    const topic = newTopic();
    const broker = brokerWith();
    await broker.publish(messages(topic, 3), { signal });
    const moment = new Date(Date.now() + 1);
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(moment.getTime()));
    await broker.publish(
      messages(topic, 2, (n) => ({ payload: { n: n + 3 } })),
      { signal },
    );
    const of = async (options: object) => {
      const inbox = new Inbox();
      await broker.subscribe({ topics: [topic], onMessage: inbox.onMessage, ...options });
      return inbox;
    };
    const [all, since, next] = [
      await of({ startAt: "earliest" }),
      await of({ startAt: moment, group: "since" }),
      await of({}),
    ];
    await broker.publish(
      messages(topic, 1, () => ({ payload: { n: 5 } })),
      { signal },
    );
    await all?.has(6);
    await since?.has(3);
    await next?.has(1);
    expect([all?.numbers, since?.numbers, next?.numbers]).toEqual([[0, 1, 2, 3, 4, 5], [3, 4, 5], [5]]);
  });

  it.concurrent("leaves a connection open that it was given", async () => {
    const given = await connection();
    const broker = brokerWith({ connection: given });
    await broker.subscribe({ topics: [newTopic()], onMessage() {} });
    await broker.publish(messages("orders", 1), { signal });
    await broker.close();
    expect(given.isClosed()).toBe(false);
    await given.flush();
  });

  describe.concurrent('keeps the order of a key in the whole group with orderPerKey "group"', () => {
    const options = { orderPerKey: "group", ackWaitMs: 1_000 } as const;
    type Order = { readonly n: number; readonly by: NatsBroker }[];

    const subscribe = (order: Order, topic: string, by: NatsBroker) =>
      by.subscribe({
        topics: [topic],
        group: "g",
        prefetch: 50,
        closeTimeoutMs: 0,
        onMessage: async ({ payload }) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          order.push({ n: (payload as { n: number }).n, by });
        },
      });
    const handled = (order: Order, count: number) =>
      vi.waitFor(() => expect(new Set(order.map(({ n }) => n)).size).toBeGreaterThanOrEqual(count), {
        timeout: 10_000,
        interval: 5,
      });
    const expectOrder = (order: Order) => {
      const first = [...new Set(order.map(({ n }) => n))];
      for (let key = 0; key < 4; key++) {
        const ofKey = first.filter((n) => n % 4 === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
    };

    it.concurrent("when the member that is pinned dies", async () => {
      const order: Order = [];
      const topic = newTopic();
      const lost = await connection();
      await subscribe(order, topic, brokerWith({ ...options, connection: lost }));
      await subscribe(order, topic, brokerWith(options));
      await brokerWith().publish(messages(topic, 200, keyed(4)), { signal });
      await handled(order, 50);
      await lost.close();
      await handled(order, 200);
      expectOrder(order);
    });

    it.concurrent("when members leave one after another, and others stand by", async () => {
      const order: Order = [];
      const topic = newTopic();
      const members = new Map<NatsBroker, Awaited<ReturnType<typeof subscribe>>>();
      for (let n = 0; n < 8; n++) {
        const broker = brokerWith(options);
        members.set(broker, await subscribe(order, topic, broker));
      }
      await brokerWith().publish(messages(topic, 800, keyed(4)), { signal });
      for (let n = 1; n <= 7; n++) {
        await handled(order, n * 90);
        const pinned = order.at(-1)?.by as NatsBroker;
        await members.get(pinned)?.close();
      }
      await handled(order, 800);
      expectOrder(order);
    });
  });
});
