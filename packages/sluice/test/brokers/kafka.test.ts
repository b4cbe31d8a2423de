import { kafka, type RunningServer } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { KafkaBroker } from "sluice/brokers/kafka";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Brokers, eventually, messages, never } from "./kafka.fixture.js";
import { restartTogether } from "./restart-together.fixture.js";

// They mostly wait for groups to share out their partitions.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000, maxConcurrency: 12 });

describeWith(kafka, "a broker on Kafka conforms", () => {
  let server: RunningServer;
  const restart = restartTogether(3, () => server);

  beforeAll(async () => {
    server = await kafka.start();
  });

  afterAll(() => server.stop());

  const cases = brokerConformance({
    name: "Kafka",
    create: () =>
      new KafkaBroker({
        bootstrapBrokers: [server.url],
        createTopics: { partitions: 3 },
        logger: new RecordingLogger(),
      }),
    features: new KafkaBroker({ bootstrapBrokers: ["127.0.0.1:1"] }).features,
    largestPayload: 1_000_000,
    restart,
    timeoutMs: 40_000,
  });
  const { true: restarting = [], false: others = [] } = Object.groupBy(cases, ({ name }) =>
    name.includes("the server is killed") ? "true" : "false",
  );
  for (const { name, run } of others) it.concurrent(name, run);

  describe("on a server that is killed", () => {
    it.concurrent("has two cases", () => expect(restarting).toHaveLength(2));
    for (const { name, run } of restarting) it.concurrent(name, run);

    it.concurrent("loses nothing that is published and consumed meanwhile, though nobody publishes it again", async ({
      expect,
    }) => {
      await using brokers = new Brokers();
      const topic = crypto.randomUUID();
      const broker = brokers.make(server.url, { publishTimeoutMs: 20_000 });
      const received: string[] = [];
      await broker.subscribe({
        topics: [topic],
        group: topic,
        onMessage: ({ id }) => void received.push(id),
      });
      const sent: string[] = [];
      let isOver = false;
      const publishing = (async () => {
        for (let n = 0; !isOver; n++) {
          const batch = messages(topic, 10, 16, n * 10);
          await broker.publish(batch, { signal: never });
          sent.push(...batch.map(({ id }) => id));
        }
      })();
      await eventually(() => received.length > 100);
      await restart();
      const before = sent.length;
      await eventually(() => sent.length > before + 100, 20_000);
      isOver = true;
      await publishing;
      await eventually(() => new Set(received).size >= sent.length, 20_000);
      expect(new Set(received)).toEqual(new Set(sent));
    });
  });
});
