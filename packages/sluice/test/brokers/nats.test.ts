import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { nats, type RunningServer } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { Message, ReceivedMessage } from "sluice";
import { MalformedMessageError, RetryLater } from "sluice/brokers";
import { NatsBroker, type NatsBrokerOptions } from "sluice/brokers/nats";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { restartTogether } from "./restart-together.fixture.js";

vi.setConfig({ testTimeout: 20_000, maxConcurrency: 10 });

const signal = new AbortController().signal;
let server: RunningServer;
const open: { close(): Promise<void> }[] = [];
/** Servers of single tests. */
const others: RunningServer[] = [];

function brokerOn(url: string, options: Partial<NatsBrokerOptions> = {}): NatsBroker {
  const connection = { servers: url };
  const broker = new NatsBroker({ connection, createStreams: {}, logger: new RecordingLogger(), ...options });
  open.push(broker);
  return broker;
}

const brokerWith = (options: Partial<NatsBrokerOptions> = {}) => brokerOn(server.url, options);

async function connection(options: object = {}): Promise<NatsConnection> {
  const made = await connect({ servers: server.url, ...options });
  open.push(made);
  return made;
}

let topics = 0;
const newTopic = () => `shop.orders_${++topics}`;

function messages(
  topic: string,
  count: number,
  more: (n: number) => Partial<Message> = () => ({}),
): Message[] {
  return Array.from({ length: count }, (_, n) => ({
    id: crypto.randomUUID(),
    name: "order.placed",
    topic,
    timestamp: new Date(),
    headers: {},
    payload: { n },
    ...more(n),
  }));
}

const keyed = (keys: number) => (n: number) => ({ key: `key ${n % keys}` });

/** What came, in its order. */
class Inbox {
  readonly received: ReceivedMessage[] = [];
  readonly onMessage = (message: ReceivedMessage) => void this.received.push(message);

  get numbers(): number[] {
    return this.received.map(({ payload }) => (payload as { n: number }).n);
  }

  has(count: number): Promise<void> {
    return vi.waitFor(() => expect(this.received.length).toBeGreaterThanOrEqual(count), {
      timeout: 15_000,
      interval: 5,
    });
  }
}

describeWith(nats, "NatsBroker", () => {
  beforeAll(async () => {
    server = await nats.start();
  });
  afterAll(async () => {
    await Promise.all(open.map((each) => each.close()));
    await Promise.all([server, ...others].map((each) => each.stop()));
  });

  describe("conforms", () => {
    const restart = restartTogether(2, () => server);
    // Takeovers within a second, not five.
    const options = { ackWaitMs: 1_000 };
    const create = () => brokerWith(options);
    const featuresOf = (orderPerKey: "group" | "member") =>
      new NatsBroker({ connection: { servers: "127.0.0.1" }, orderPerKey }).features;
    const cases = brokerConformance({ name: "NATS", create, features: featuresOf("member"), restart });
    const isRestart = ({ name }: { readonly name: string }) => name.includes("the server is killed");
    for (const each of cases) if (!isRestart(each)) it.concurrent(each.name, () => each.run());

    const pinned = () => brokerWith({ ...options, orderPerKey: "group" });
    const ofOrder = brokerConformance({
      name: "NATS, one pinned member",
      create: pinned,
      features: featuresOf("group"),
    });
    for (const { name, run } of ofOrder)
      if (/order per key|members/.test(name)) it.concurrent(name, () => run());

    describe("on a server that is killed", () => {
      const restarting = cases.filter(isRestart);
      it.concurrent("has two cases", () => expect(restarting).toHaveLength(2));
      for (const { name, run } of restarting) it.concurrent(name, () => run());
    });
  });

  it.concurrent("loses nothing when the server is killed while it publishes and consumes, and keeps the order per key (C1)", async () => {
    const own = await nats.start();
    others.push(own);
    const topic = newTopic();
    const inbox = new Inbox();
    const subscriber = brokerOn(own.url, { ackWaitMs: 1_000 });
    await subscriber.subscribe({ topics: [topic], group: "billing", onMessage: inbox.onMessage });
    const alone = new Inbox();
    await subscriber.subscribe({ topics: [topic], onMessage: alone.onMessage });
    const publisher = brokerOn(own.url);
    const all = messages(topic, 2_000, keyed(16));
    const publishing = Array.from({ length: 20 }, (_, n) =>
      publisher.publish(all.slice(n * 100, n * 100 + 100), { signal }),
    );
    await inbox.has(50);
    await own.kill();
    await own.restart();
    await Promise.all(publishing);
    for (const each of [inbox, alone]) {
      await vi.waitFor(() => expect(new Set(each.numbers).size).toBe(2_000), 15_000);
      const first = [...new Set(each.numbers)];
      for (let key = 0; key < 16; key++) {
        const ofKey = first.filter((n) => n % 16 === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
    }
  });

  it.concurrent("publishes what waited while the server was away, and rejects what is beyond maxPending", async () => {
    const own = await nats.start();
    others.push(own);
    const topic = newTopic();
    const broker = brokerOn(own.url, { maxPending: 10 });
    await broker.publish(messages(topic, 1), { signal });
    await own.kill();
    const waiting = broker.publish(messages(topic, 8), { signal });
    await vi.waitFor(async () => {
      const beyond = broker.publish(messages(topic, 3), { signal: AbortSignal.timeout(50) });
      await expect(beyond).rejects.toMatchObject({ code: "SLUICE_BROKER_UNAVAILABLE" });
    });
    const leaving = new AbortController();
    const left = broker.publish(messages(topic, 1), { signal: leaving.signal });
    leaving.abort(new Error("nobody waits"));
    await expect(left).rejects.toThrow("nobody waits");
    await own.restart();
    await waiting;
    const inbox = new Inbox();
    await broker.subscribe({ topics: [topic], group: "billing", onMessage: inbox.onMessage });
    await inbox.has(9);
  });

  it.concurrent("waits for a server that is not there yet, but no longer than publishTimeoutMs", async () => {
    const own = await nats.start();
    others.push(own);
    await own.kill();
    const hasty = brokerOn(own.url, { publishTimeoutMs: 300 });
    await expect(hasty.publish(messages("t", 1), { signal })).rejects.toMatchObject({
      code: "SLUICE_BROKER_UNAVAILABLE",
      message: expect.stringMatching(/did not acknowledge within 300 ms.*Look whether the server runs/),
    });
    const published = brokerOn(own.url).publish(messages("t", 1), { signal });
    await own.restart();
    await published;
  });

  describe.concurrent("says what is wrong", () => {
    it.concurrent("no stream has the topic", async () => {
      const broker = brokerWith({ createStreams: undefined });
      const topic = newTopic();
      const expected = {
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringMatching(
          /No stream of JetStream has the subject shop\.orders_\d+\. Make one.*createStreams/,
        ),
      };
      await expect(broker.publish(messages(topic, 3), { signal })).rejects.toMatchObject(expected);
      await expect(broker.subscribe({ topics: [topic], onMessage() {} })).rejects.toMatchObject(expected);
    });

    it.concurrent("a message is too large, and the others arrive", async () => {
      const topic = newTopic();
      const broker = brokerWith();
      const [small, large] = messages(topic, 2, (n) => (n === 1 ? { payload: "x".repeat(2 ** 20) } : {}));
      await expect(broker.publish([large as Message], { signal })).rejects.toMatchObject({
        code: "SLUICE_MESSAGE_REFUSED",
        message: expect.stringMatching(/max_payload of this server is 1048576/),
      });
      const both = broker.publish([large as Message, small as Message], { signal });
      await expect(both).rejects.toMatchObject({ code: "SLUICE_PUBLISH_FAILED" });
      const inbox = new Inbox();
      await broker.subscribe({ topics: [topic], group: "g", onMessage: inbox.onMessage });
      await inbox.has(1);
      expect(inbox.received[0]?.id).toBe(small?.id);
    });

    it.concurrent("a wrong password, a missing permission", async () => {
      const own = await nats.start({
        settings: {
          "authorization.users.0.user": "shop",
          "authorization.users.0.password": "right",
          "authorization.users.0.permissions.publish.deny": "secret.>",
        },
      });
      others.push(own);
      const connection = { servers: own.url, user: "shop", pass: "wrong" };
      const wrong = brokerOn(own.url, { connection });
      const refusal = {
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringMatching(/does not let in user "shop"/),
      };
      await expect(wrong.publish(messages("orders", 1), { signal })).rejects.toMatchObject(refusal);
      await expect(wrong.subscribe({ topics: ["orders"], onMessage() {} })).rejects.toMatchObject(refusal);
      const right = brokerOn(own.url, { connection: { ...connection, pass: "right" } });
      await expect(right.publish(messages("secret.plans", 2), { signal })).rejects.toMatchObject({
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringMatching(/may not publish to secret\.plans/),
      });
      await right.publish(messages("orders", 1), { signal });
    });

    it.concurrent("a group whose consumer is of another kind", async () => {
      const topic = newTopic();
      const broker = brokerWith();
      await broker.publish(messages(topic, 1), { signal });
      const manager = await jetstreamManager(await connection());
      const name = `billing@${topic.replaceAll(".", "=")}`;
      const stream = await manager.streams.find(topic);
      const config = { durable_name: name, ack_policy: "all" as const, filter_subject: topic };
      await manager.consumers.add(stream, config);
      const late = broker.subscribe({ topics: [topic], group: "billing", onMessage() {} });
      await expect(late).rejects.toThrow(/its ack policy is all\. Take another name, or delete it/);
    });
  });

  it.concurrent("passes malformed messages on with their raw bytes, and what is behind them goes on (M2)", async () => {
    const topic = newTopic();
    const broker = brokerWith();
    await broker.publish(messages(topic, 1), { signal });
    const other = await connection();
    other.publish(topic, new Uint8Array([1, 2, 3]));
    await other.flush();
    await broker.publish(messages(topic, 1), { signal });
    const got: unknown[] = [];
    const onMessage = (message: ReceivedMessage) => {
      try {
        got.push(message.id);
      } catch (error) {
        got.push(error);
      }
    };
    await broker.subscribe({ topics: [topic], group: "g", onMessage });
    await vi.waitFor(() => expect(got).toHaveLength(3));
    expect(got[1]).toBeInstanceOf(MalformedMessageError);
    expect([...(got[1] as MalformedMessageError).raw.body]).toEqual([1, 2, 3]);
  });

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
