import { setTimeout } from "node:timers/promises";
import { type RunningServer, rabbitmq } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { ReceivedMessage } from "sluice";
import {
  BrokerUnavailableError,
  MalformedMessageError,
  MessageRefusedError,
  PublishFailedError,
} from "sluice/brokers";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Inbox, RabbitMQBed, signal } from "./rabbitmq.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000, maxConcurrency: 10 });

const largest = 2_000_000;
const rejection = async <E = Error>(promise: Promise<unknown>): Promise<E> =>
  promise.then(
    () => expect.unreachable("It was taken."),
    (error) => error,
  );

describeWith(rabbitmq, "RabbitMQBroker", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await rabbitmq.start({ settings: { max_message_size: largest } });
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

  describe.concurrent("publishing", () => {
    it.concurrent("rejects what no queue is bound for, and names it; those before and behind it have arrived", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker({ routingKeyOf: ({ name }) => name });
      const inbox = new Inbox();
      await broker.subscribe({ topics: [bed.topic], onMessage: inbox.take });
      const nowhere = bed.message("lost", { topic: `${bed.topic}-nowhere` });
      const error = await rejection<PublishFailedError>(
        broker.publish([bed.message("a"), nowhere, bed.message("b")], { signal }),
      );
      expect(error).toBeInstanceOf(PublishFailedError);
      expect([...error.failures.keys()]).toEqual(["lost"]);
      expect(error.message).toContain("no queue is bound to exchange");
      expect(await inbox.until(2)).toEqual(["a", "b"]);
      await bed.broker({ unroutable: "drop" }).publish([nowhere], { signal });
    });

    it.concurrent("refuses a message that is too large for the server, holds back those behind it of its key, and sends all others", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const inbox = new Inbox();
      await broker.subscribe({ topics: [bed.topic], onMessage: inbox.take });
      const error = await rejection<PublishFailedError>(
        broker.publish(
          [
            bed.message("before", { key: "a" }),
            bed.message("large", { key: "a", payload: "x".repeat(largest) }),
            bed.message("behind", { key: "a" }),
            bed.message("other", { key: "b" }),
          ],
          { signal },
        ),
      );
      expect([...error.failures.keys()]).toEqual(["large", "behind"]);
      expect(error.failures.get("large")).toBeInstanceOf(MessageRefusedError);
      expect((await inbox.until(2)).sort()).toEqual(["before", "other"]);
    });

    it.concurrent.each<[string, object, RegExp]>([
      [
        "headers too large for a frame",
        { headers: { large: "x".repeat(140_000) } },
        /frame size of \d+ bytes/,
      ],
      [
        "a name too long for a routing key",
        { name: "x".repeat(256) },
        /routingKey takes more than 255 bytes/,
      ],
      ["the name of a header too long", { headers: { ["x".repeat(256)]: "1" } }, /header x+… takes more/],
      ["a topic that is no name", { topic: "a\nb" }, /line break/],
    ])("refuses a message with %s, and sends those beside it", async (_, more, words) => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const inbox = new Inbox();
      await broker.subscribe({ topics: [bed.topic], onMessage: inbox.take });
      const error = await rejection<PublishFailedError>(
        broker.publish([bed.message("a"), bed.message("bad", more), bed.message("b")], { signal }),
      );
      expect([...error.failures.keys()]).toEqual(["bad"]);
      expect(error.failures.get("bad")).toBeInstanceOf(MessageRefusedError);
      expect((error.failures.get("bad") as Error).message).toMatch(words);
      expect((await inbox.until(2)).sort()).toEqual(["a", "b"]);
    });

    it.concurrent("names the queue that is full and refuses more, and no other message", async () => {
      await using bed = new RabbitMQBed(server);
      const connection = bed.connection();
      await connection.exchangeDeclare({ exchange: bed.topic, type: "topic", durable: true });
      const full = { "x-max-length": 2, "x-overflow": "reject-publish" } as const;
      await connection.queueDeclare({ queue: bed.topic, durable: true, arguments: full });
      await connection.queueBind({ queue: bed.topic, exchange: bed.topic, routingKey: "#" });
      const messages = ["1", "2", "3"].map((id) => bed.message(id));
      const error = await rejection<PublishFailedError>(bed.broker().publish(messages, { signal }));
      expect([...error.failures.keys()]).toEqual(["3"]);
      expect(error.message).toContain("x-max-length");
    });

    it.concurrent("says what others read: content type, id, moment, attributes of CloudEvents", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const queue = (await bed.connection().queueDeclare({ queue: "", exclusive: false, autoDelete: true }))
        .queue;
      const connection = bed.connection();
      await connection.exchangeDeclare({ exchange: bed.topic, type: "topic", durable: true });
      await connection.queueBind({ queue, exchange: bed.topic, routingKey: "order.*" });
      await broker.publish([bed.message("m-1", { key: "o-1", headers: { tenant: "acme" } })], { signal });
      expect(await connection.basicGet({ queue })).toMatchObject({
        body: { id: "m-1" },
        durable: true,
        contentType: "application/json",
        messageId: "m-1",
        timestamp: 1_700_000_000,
        routingKey: "order.placed",
        headers: {
          tenant: "acme",
          cloudEvents_specversion: "1.0",
          cloudEvents_id: "m-1",
          cloudEvents_type: "order.placed",
          cloudEvents_time: "2023-11-14T22:13:20.123Z",
          cloudEvents_partitionkey: "o-1",
        },
      });
    });
  });

  describe.concurrent("a server that does not let it", () => {
    const refused = async (broker: RabbitMQBroker, topic = "any") => {
      const message = { ...new RabbitMQBed(server).message("1"), topic };
      const errors = [
        await rejection(broker.publish([message], { signal })),
        await rejection(broker.subscribe({ topics: [topic], group: "g", onMessage: () => {} })),
      ];
      for (const error of errors) expect(error).toBeInstanceOf(BrokerUnavailableError);
      return errors.map(({ message }) => message);
    };

    it.concurrent("a wrong password is an error at once, without the password in it", async () => {
      await using bed = new RabbitMQBed(server);
      const url = server.url.replace("guest:guest", "guest:secret");
      for (const message of await refused(bed.broker({ connection: { url } }))) {
        expect(message).toMatch(/user "guest".*ACCESS_REFUSED.*name and password/s);
        expect(message).not.toContain("secret");
      }
    });

    it.concurrent("so are a virtual host that is not there, and TLS where there is none", async () => {
      await using bed = new RabbitMQBed(server);
      for (const message of await refused(bed.broker({ connection: { url: `${server.url}/no` } })))
        expect(message).toContain("virtual host");
      const url = server.url.replace("amqp:", "amqps:");
      for (const message of await refused(bed.broker({ connection: { url } })))
        expect(message).toContain("Look at `tls`");
    });

    it.concurrent("an exchange that is not there is one where nothing is to be declared", async () => {
      await using bed = new RabbitMQBed(server);
      for (const message of await refused(bed.broker({ declare: false }), bed.topic))
        expect(message).toMatch(/exchange "t-.*NOT_FOUND.*Declare it/s);
    });

    it.concurrent("a queue that another kind of consumer made is one, unless it is taken as it is", async () => {
      await using bed = new RabbitMQBed(server);
      const connection = bed.connection();
      await connection.queueDeclare({ queue: `${bed.topic}.g`, durable: true });
      const subscribing = bed.broker().subscribe({ topics: [bed.topic], group: "g", onMessage: () => {} });
      const error = await rejection(subscribing);
      expect(error).toBeInstanceOf(BrokerUnavailableError);
      expect(error.message).toMatch(/PRECONDITION_FAILED.*`declare: false`/s);
      await connection.queueBind({ queue: `${bed.topic}.g`, exchange: bed.topic, routingKey: "#" });
      const inbox = new Inbox();
      const broker = bed.broker({ declare: false });
      await broker.subscribe({ topics: [bed.topic], group: "g", onMessage: inbox.take });
      await broker.publish([bed.message("1")], { signal });
      await inbox.until(1);
    });

    it.concurrent("a server that is away: publish waits for it so long, and takes so many", async () => {
      await using bed = new RabbitMQBed(server);
      const connection = { url: "amqp://127.0.0.1:1" };
      const broker = bed.broker({ connection, publishTimeoutMs: 300, maxPending: 2 });
      const first = rejection(broker.publish([bed.message("1"), bed.message("2")], { signal }));
      const above = await rejection(broker.publish([bed.message("3")], { signal }));
      expect(above.message).toContain("maxPending (2)");
      expect((await first).message).toMatch(/publishTimeoutMs \(300 ms\).*ECONNREFUSED/);
      const aborted = rejection(broker.publish([bed.message("4")], { signal: AbortSignal.abort("enough") }));
      expect(await aborted).toBe("enough");
    });
  });

  describe.concurrent("a group", () => {
    it.concurrent("gives its messages to one member, and to the next one in their order when that closes (orderPerKey)", async () => {
      await using bed = new RabbitMQBed(server);
      const [first, second] = [bed.broker(), bed.broker()];
      expect(first.features.orderPerKey).toBe("group");
      const started = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const inbox = new Inbox();
      const subscription = await first.subscribe({
        topics: [bed.topic],
        group: "g",
        onMessage: async () => {
          started.resolve();
          await finish.promise;
        },
      });
      await second.subscribe({ topics: [bed.topic], group: "g", onMessage: inbox.take });
      const messages = Array.from({ length: 50 }, (_, n) => bed.message(`${n}`, { key: "one" }));
      await first.publish(messages, { signal });
      await started.promise;
      const closed = subscription.close();
      await setTimeout(200);
      expect(inbox.messages).toEqual([]);
      finish.resolve();
      await closed;
      expect(await inbox.until(49)).toEqual(messages.slice(1).map(({ id }) => id));
    });

    it.concurrent("spreads messages over its members, each once, where order is each member's own", async () => {
      await using bed = new RabbitMQBed(server);
      const [first, second] = [1, 2].map(() => bed.broker({ singleActiveConsumer: false }));
      const inboxes = [new Inbox(), new Inbox()];
      const all = new Inbox();
      for (const [index, broker] of [first, second].entries()) {
        await broker?.subscribe({
          topics: [bed.topic],
          group: "g",
          prefetch: 10,
          onMessage: async (message) => {
            inboxes[index]?.take(message);
            await setTimeout(1);
            all.take(message);
          },
        });
      }
      const messages = Array.from({ length: 100 }, (_, n) => bed.message(`${n}`));
      await first?.publish(messages, { signal });
      await all.until(100);
      expect(all.messages).toHaveLength(100);
      for (const { messages } of inboxes) expect(messages.length).toBeGreaterThan(10);
    });

    it.concurrent.each([true, false])(
      "gives what a member was handling when it closed to another, as another try (singleActiveConsumer: %j) (C3)",
      async (singleActiveConsumer) => {
        await using bed = new RabbitMQBed(server);
        const [leaving, staying] = [
          bed.broker({ singleActiveConsumer }),
          bed.broker({ singleActiveConsumer }),
        ];
        const started = Promise.withResolvers<void>();
        const subscription = await leaving.subscribe({
          topics: [bed.topic],
          group: "g",
          closeTimeoutMs: 0,
          onMessage: () => {
            started.resolve();
            return new Promise(() => {});
          },
        });
        await leaving.publish([bed.message("1", { key: "a" }), bed.message("2", { key: "a" })], { signal });
        await started.promise;
        const inbox = new Inbox();
        await staying.subscribe({ topics: [bed.topic], group: "g", onMessage: inbox.take });
        await subscription.close();
        expect((await inbox.until(2)).sort()).toEqual(["1", "2"]);
        expect(inbox.messages.map(({ attempt }) => attempt)).toEqual([2, 2]);
      },
    );

    it.concurrent("counts the tries of members that died (countsAttempts)", async () => {
      await using bed = new RabbitMQBed(server);
      const dying = bed.connection();
      const started = Promise.withResolvers<void>();
      await bed.broker({ connection: dying }).subscribe({
        topics: [bed.topic],
        group: "g",
        onMessage: () => {
          started.resolve();
          return new Promise(() => {});
        },
      });
      const broker = bed.broker();
      await broker.publish([bed.message("1")], { signal });
      await started.promise;
      const inbox = new Inbox();
      await broker.subscribe({ topics: [bed.topic], group: "g", onMessage: inbox.take });
      dying.unsafeDestroy();
      await inbox.until(1);
      expect(inbox.messages).toMatchObject([{ attempt: 2 }]);
    });

    it.concurrent("has no more than prefetch unacknowledged (C2)", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const inbox = new Inbox();
      const finish = Promise.withResolvers<void>();
      await broker.subscribe({
        topics: [bed.topic],
        group: "g",
        prefetch: 7,
        concurrency: 100,
        onMessage: (message) => {
          inbox.take(message);
          return finish.promise;
        },
      });
      await broker.publish(
        Array.from({ length: 50 }, (_, n) => bed.message(`${n}`)),
        { signal },
      );
      await inbox.until(7);
      const { messageCount } = await bed
        .connection()
        .queueDeclare({ queue: `${bed.topic}.g`, passive: true });
      expect([inbox.messages.length, messageCount]).toEqual([7, 43]);
      finish.resolve();
      await inbox.until(50);
    });

    it.concurrent("acknowledges each message once, however they end, and leaves the queue empty", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker();
      const inbox = new Inbox();
      const subscription = await broker.subscribe({
        topics: [bed.topic],
        group: "g",
        concurrency: 50,
        onMessage: async (message) => {
          await setTimeout(Number(message.id) % 5);
          inbox.take(message);
        },
      });
      await broker.publish(
        Array.from({ length: 500 }, (_, n) => bed.message(`${n}`)),
        { signal },
      );
      await inbox.until(500);
      await subscription.close();
      const { messageCount } = await bed
        .connection()
        .queueDeclare({ queue: `${bed.topic}.g`, passive: true });
      expect([inbox.messages.length, messageCount]).toEqual([500, 0]);
      expect(bed.logger.records).toEqual([]);
    });

    it.concurrent("consumes again when its queue was deleted", async () => {
      await using bed = new RabbitMQBed(server);
      const broker = bed.broker({ publishTimeoutMs: 5_000 });
      const inbox = new Inbox();
      await broker.subscribe({ topics: [bed.topic], group: "g", onMessage: inbox.take });
      await bed.connection().queueDelete({ queue: `${bed.topic}.g` });
      await vi.waitFor(() => broker.publish([bed.message("1")], { signal }), { timeout: 5_000 });
      await inbox.until(1);
    });
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
