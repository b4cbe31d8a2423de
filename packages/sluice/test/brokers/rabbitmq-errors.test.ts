import { type RunningServer, rabbitmq } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { BrokerUnavailableError, MessageRefusedError, PublishFailedError } from "sluice/brokers";
import type { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Inbox, RabbitMQBed, signal } from "./rabbitmq.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000, maxConcurrency: 10 });

const largest = 2_000_000;
const rejection = async <E = Error>(promise: Promise<unknown>): Promise<E> =>
  promise.then(
    () => expect.unreachable("It was taken."),
    (error) => error,
  );

describeWith(rabbitmq, "RabbitMQBroker, when something is wrong", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await rabbitmq.start({ settings: { max_message_size: largest } });
  });
  afterAll(() => server?.stop());

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
});
