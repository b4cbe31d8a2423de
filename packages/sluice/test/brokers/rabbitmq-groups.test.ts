import { setTimeout } from "node:timers/promises";
import { type RunningServer, rabbitmq } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Inbox, RabbitMQBed, signal } from "./rabbitmq.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000, maxConcurrency: 10 });

describeWith(rabbitmq, "RabbitMQBroker's groups", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await rabbitmq.start();
  });
  afterAll(() => server?.stop());

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
});
