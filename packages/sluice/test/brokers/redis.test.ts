import { type RunningServer, redis } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { RedisBroker } from "sluice/brokers/redis";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, it, vi } from "vitest";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: RunningServer;

describeWith(redis, "RedisBroker conforms", () => {
  beforeAll(async () => {
    server = await redis.start();
  });

  afterAll(() => server?.stop());

  const cases = brokerConformance({
    name: "RedisBroker",
    create: () => new RedisBroker({ connection: server.url, logger: new RecordingLogger() }),
    features: {
      fanOut: true,
      orderPerKey: true,
      redelivery: true,
      singleInstance: false,
      largestPayload: 5_000_000,
    },
  });
  for (const { name, run } of cases) it(name, run);
});
