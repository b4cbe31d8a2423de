import { setTimeout } from "node:timers/promises";
import { type RunningServer, rabbitmq } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { RetryLater } from "sluice/brokers";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Inbox, RabbitMQBed, signal } from "./rabbitmq.fixture.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A kill may take a queue with it that was declared less than two seconds before: services/src/rabbitmq.ts. */
const declaredForGoodMs = 3_000;

describeWith(rabbitmq, "RabbitMQBroker on a server that is killed", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await rabbitmq.start();
  });
  afterAll(() => server?.stop());

  const cases = brokerConformance({
    name: "RabbitMQ",
    create: () => new RabbitMQBed(server).broker({ logger: new RecordingLogger() }),
    features: new RabbitMQBroker({ connection: {} }).features,
    timeoutMs: 30_000,
    restart: () => restart(),
  }).filter(({ name }) => name.includes("the server is killed"));
  let running: Promise<void> | undefined;

  /** Tests that run at the same moment share a kill. */
  function restart(): Promise<void> {
    running ??= (async () => {
      await setTimeout(declaredForGoodMs);
      await server.kill();
      await server.restart();
      running = undefined;
    })();
    return running;
  }

  it("has cases of the suite", () => expect(cases).toHaveLength(2));
  for (const { name, run } of cases) it.concurrent(name, ({ skip }) => run({ skip }));

  it.concurrent("loses nothing that is published and handled meanwhile, keeps the order per key, and what waits for later", async ({
    expect,
  }) => {
    await using bed = new RabbitMQBed(server);
    const broker = bed.broker();
    const [inbox, later] = [new Inbox(), new Inbox()];
    await broker.subscribe({ topics: [bed.topic], group: "g", concurrency: 50, onMessage: inbox.take });
    await broker.subscribe({
      topics: [bed.topic],
      group: "later",
      onMessage: (message) => {
        if (message.key !== undefined) return;
        if (message.attempt > 1) return later.take(message);
        return new RetryLater(10_000);
      },
    });
    await broker.publish([bed.message("waits")], { signal });
    const messages = Array.from({ length: 2_000 }, (_, n) => bed.message(`${n}`, { key: `k${n % 16}` }));
    let isOver = false;
    const restarting = restart().finally(() => {
      isOver = true;
    });
    // The last hundred when the server is back.
    for (let n = 0; n < messages.length; ) {
      if (n === 1_900 && !isOver) await restarting;
      await broker.publish(messages.slice(n, n + 10), { signal });
      n += 10;
      if (!isOver) await setTimeout(20);
    }
    await inbox.until(messages.length + 1, 30_000);
    for (let key = 0; key < 16; key++) {
      const numbers = inbox.ids.map(Number).filter((number) => number % 16 === key);
      expect(numbers, `the order of k${key}`).toEqual(numbers.toSorted((a, b) => a - b));
    }
    await later.until(1, 30_000);
    expect(later.messages).toMatchObject([{ id: "waits", attempt: 2, name: "order.placed" }]);
  });
});
