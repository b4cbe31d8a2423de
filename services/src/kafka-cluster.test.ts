import { expect, it, vi } from "vitest";
import { kafka } from "./kafka.js";
import { createTopic, firstMessage, leader, send } from "./kafka-clients.fixture.js";
import { startKafkaCluster } from "./kafka-cluster.js";
import { describeWith } from "./testing/describe-with.js";

vi.setConfig({ testTimeout: 60_000 });

describeWith(kafka, "three Kafka brokers", () => {
  it("go on with what they keep when the leader of a topic is killed", async () => {
    const cluster = await startKafkaCluster();
    try {
      const { url, brokers } = cluster;
      await createTopic(url, 3);
      await send(url, "kept");
      const killed = await leader(url);
      await brokers[Number(killed) - 1]?.kill();
      await expect.poll(() => leader(url), { timeout: 30_000, interval: 200 }).not.toBe(killed);
      expect(await firstMessage(url)).toBe("kept");
      await send(url, "after the kill");
    } finally {
      await cluster.stop();
    }
  });
});
