import { Admin } from "@platformatic/kafka";
import { kafka, type RunningKafkaCluster, startKafkaCluster } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { KafkaBroker } from "sluice/brokers/kafka";

type Subscription = Awaited<ReturnType<KafkaBroker["subscribe"]>>;

import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { Brokers, eventually, messages, never } from "./kafka.fixture.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describeWith(kafka, "a broker on three Kafka servers", () => {
  const brokers = new Brokers();
  let cluster: RunningKafkaCluster;
  const make = (partitions: number) =>
    brokers.make(cluster.url, { createTopics: { partitions, replicas: 3 } });

  beforeAll(async () => {
    cluster = await startKafkaCluster();
  });

  afterEach(() => brokers.close());

  afterAll(() => cluster.stop());

  it("hands partitions over while members join and leave: nothing lost, nothing out of order, nothing repeated that was done", async () => {
    const topic = crypto.randomUUID();
    const publisher = make(6);
    const first: { id: string; key: string }[] = [];
    const seen = new Set<string>();
    let repeated = 0;
    let inFlight = 0;
    let most = 0;
    const join = (): Promise<Subscription> =>
      make(6).subscribe({
        topics: [topic],
        group: topic,
        prefetch: 50,
        onMessage: async ({ id, key = "" }) => {
          if (seen.has(id)) repeated++;
          else first.push({ id, key });
          seen.add(id);
          most = Math.max(most, ++inFlight);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inFlight--;
        },
      });
    const members = [await join()];
    const all = messages(topic, 2_000, 16);
    const publishing = (async () => {
      for (let n = 0; n < all.length; n += 20) {
        await publisher.publish(all.slice(n, n + 20), { signal: never });
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    })();
    for (let turn = 0; turn < 8; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      if (turn % 2 === 0) members.push(await join());
      else await members.shift()?.close();
    }
    await publishing;
    await eventually(() => seen.size >= all.length, 30_000);
    const ofKeys = (given: readonly { id: string; key?: string }[]) =>
      Object.groupBy(
        given.map(({ id, key = "" }) => ({ id, key })),
        ({ key }) => key,
      );
    expect(ofKeys(first)).toEqual(ofKeys(all));
    expect(repeated).toBeLessThanOrEqual(most);
  });

  it("loses nothing when the leader of partitions is killed while it publishes and consumes", async () => {
    const topic = crypto.randomUUID();
    const broker = make(6);
    const received: string[] = [];
    await broker.subscribe({ topics: [topic], group: topic, onMessage: ({ id }) => void received.push(id) });
    const sent: string[] = [];
    let isOver = false;
    const publishing = (async () => {
      for (let n = 0; !isOver; n++) {
        const batch = messages(topic, 20, 16, n * 20);
        await broker.publish(batch, { signal: never });
        sent.push(...batch.map(({ id }) => id));
      }
    })();
    await eventually(() => received.length > 200);
    const leader = await leaderOf(topic);
    await cluster.brokers[leader - 1]?.kill();
    const before = sent.length;
    await eventually(() => sent.length > before + 500, 30_000);
    isOver = true;
    await publishing;
    await eventually(() => new Set(received).size >= sent.length, 30_000);
    expect(new Set(received)).toEqual(new Set(sent));
  });

  async function leaderOf(topic: string): Promise<number> {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: cluster.url.split(",") });
    const { topics } = await admin.metadata({ topics: [topic] });
    await admin.close();
    return topics.get(topic)?.partitions[0]?.leader ?? 0;
  }
});
