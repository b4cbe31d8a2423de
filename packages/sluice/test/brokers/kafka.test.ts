import { kafka, type RunningServer } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { KafkaBroker } from "sluice/brokers/kafka";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, it, vi } from "vitest";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

describeWith(kafka, "a broker on Kafka conforms", () => {
  let server: RunningServer;

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
    restart: async () => {
      await server.kill();
      await server.restart();
    },
    timeoutMs: 40_000,
  });
  for (const { name, run } of cases) it(name, run);
});
