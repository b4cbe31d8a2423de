import { ProtocolError, ResponseError } from "@platformatic/kafka";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrokerUnavailableError, PublishFailedError } from "../publish-errors.js";
import { kafkaSettings } from "./kafka-broker-options.js";
import type { KafkaConnection } from "./kafka-connection.js";
import { KafkaPublisher } from "./kafka-publisher.js";
import { KafkaTopics } from "./kafka-topics.js";

interface Produced {
  readonly server: number;
  readonly sender: bigint;
  /** Of each partition the first sequence number and the values. */
  readonly lanes: Record<string, string>;
}

interface FakeRecord {
  readonly partition: number;
  readonly value: Buffer;
  readonly topic: string;
}

type Answer = (produced: Produced) => Record<string, number> | Error | Promise<never>;

/** A cluster of two servers, each the leader of one partition of every topic. */
class FakeCluster {
  readonly requests: Produced[] = [];
  leaders = [1, 2];
  answer: Answer = () => ({});
  #senders = 0n;

  readonly connection = {
    producer: async () => ({
      initIdempotentProducer: async () => ({ producerId: ++this.#senders, producerEpoch: 0 }),
      metadata: async ({ topics }: { topics: string[] }) => ({
        topics: new Map(
          topics.map((topic) => [
            topic,
            { id: topic, partitionsCount: 2, partitions: this.leaders.map((leader) => ({ leader })) },
          ]),
        ),
      }),
    }),
    call: async (_client: unknown, server: number, _name: string, ...args: unknown[]) =>
      this.#produce(server, args[2] as FakeRecord[], args[3]),
  } as unknown as KafkaConnection;

  async #produce(server: number, records: FakeRecord[], options: unknown) {
    const { producerId, sequences } = options as {
      producerId: bigint;
      sequences: { getWithDefault(lane: string, otherwise: number): number };
    };
    const lanes: Record<string, string> = {};
    for (const { topic, partition, value } of records) {
      const lane = `${topic}:${partition}`;
      lanes[lane] ??= `${sequences.getWithDefault(lane, -1)}:`;
      lanes[lane] += ` ${value}`;
    }
    const produced = { server, sender: producerId, lanes };
    this.requests.push(produced);
    const answer = await this.answer(produced);
    if (answer instanceof Error) throw answer;
    const responses = Object.keys(lanes).map((lane) => {
      const [name, index] = lane.split(":");
      return { name, partitionResponses: [{ index: Number(index), errorCode: answer[lane] ?? 0 }] };
    });
    if (Object.values(answer).some((code) => code !== 0)) throw new ResponseError(0, 11, {}, { responses });
    return { responses };
  }
}

/** Keys of partition 0, and one of partition 1. */
const [zero, sibling, one] = ["k3", "k4", "k0"];
const written = (id: string, key: string, topic = "t") => ({
  id,
  topic,
  wire: { key, headers: {}, body: Buffer.from(id) },
});

describe("the publisher", () => {
  const signal = new AbortController().signal;
  let cluster: FakeCluster;
  let publisher: KafkaPublisher;

  beforeEach(() => {
    vi.useFakeTimers();
    cluster = new FakeCluster();
    const settings = kafkaSettings({ bootstrapBrokers: ["a:1"], publishTimeoutMs: 10_000, maxPending: 5 });
    publisher = new KafkaPublisher(
      cluster.connection,
      new KafkaTopics(cluster.connection, settings),
      settings,
    );
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const publish = (...messages: ReturnType<typeof written>[]) => {
    const published = publisher.publish(messages, signal);
    published.catch(() => {});
    return published;
  };

  it("sends an unanswered batch again as it was, under the same numbers, to whoever leads the partition by then", async () => {
    let isFirst = true;
    cluster.answer = () => {
      if (!isFirst) return {};
      isFirst = false;
      cluster.leaders = [2, 2];
      return new Error("lost");
    };
    const first = publish(written("a", zero));
    await vi.advanceTimersByTimeAsync(1);
    const second = publish(written("b", zero));
    await vi.advanceTimersByTimeAsync(2_000);
    await Promise.all([first, second]);
    expect(cluster.requests.map(({ lanes, server }) => [server, lanes])).toEqual([
      [cluster.requests[0]?.server, { "t:0": "0: a" }],
      [2, { "t:0": "0: a" }],
      [2, { "t:0": "1: b" }],
    ]);
    expect(new Set(cluster.requests.map(({ sender }) => sender)).size).toBe(1);
  });

  it("sends only those partitions again whose leader has changed, each to its own", async () => {
    cluster.leaders = [1, 1];
    cluster.answer = ({ lanes }) => {
      cluster.leaders = [1, 2];
      return Object.keys(lanes).length === 2 ? { "t:1": 6 } : {};
    };
    const published = publish(written("a", zero), written("b", one));
    await vi.advanceTimersByTimeAsync(1_000);
    await published;
    expect(cluster.requests.map(({ server, lanes }) => [server, Object.keys(lanes).sort()])).toEqual([
      [1, ["t:0", "t:1"]],
      [2, ["t:1"]],
    ]);
  });

  it("never lets a new message be taken for one that may be there already", async () => {
    let isAway = true;
    cluster.answer = () => (isAway ? new Error("lost") : {});
    const given = publish(written("a", zero));
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(given).rejects.toThrow(/publishTimeoutMs.*lost/s);
    await vi.advanceTimersByTimeAsync(2_000);
    isAway = false;
    const next = publish(written("b", zero));
    await vi.advanceTimersByTimeAsync(2_000);
    await next;
    const last = cluster.requests.at(-1);
    expect(last?.lanes).toEqual({ "t:0": "0: b" });
    expect(last?.sender).not.toBe(cluster.requests[0]?.sender);
  });

  it("numbers anew what a broker does not know the sender of", async () => {
    let times = 0;
    cluster.answer = () => (times++ === 1 ? { "t:0": 59 } : {});
    await publish(written("a", zero));
    const published = publish(written("b", zero));
    await vi.advanceTimersByTimeAsync(1_000);
    await published;
    expect(cluster.requests.map(({ sender, lanes }) => [sender, lanes["t:0"]])).toEqual([
      [1n, "0: a"],
      [1n, "1: b"],
      [2n, "0: b"],
    ]);
  });

  it("counts what was there from an earlier try as arrived", async () => {
    cluster.answer = () => ({ "t:0": 46 });
    const published = publish(written("a", zero));
    await vi.advanceTimersByTimeAsync(1_000);
    await published;
    expect(cluster.requests).toHaveLength(1);
  });

  it("finds the message that is too large, and names those of its key behind it", async () => {
    cluster.answer = ({ lanes }) =>
      Object.fromEntries(
        Object.entries(lanes)
          .filter(([, values]) => / large/.test(values))
          .map(([lane]) => [lane, 10]),
      );
    const published = publish(
      written("a", zero),
      written("large", zero),
      written("b", zero),
      written("c", sibling),
    );
    await vi.advanceTimersByTimeAsync(5_000);
    const failure = await published.catch((error) => error);
    expect(failure).toBeInstanceOf(PublishFailedError);
    expect(Array.from(failure.failures, ([id, { code }]) => [id, code])).toEqual([
      ["large", "SLUICE_MESSAGE_REFUSED"],
      ["b", "SLUICE_BROKER_UNAVAILABLE"],
    ]);
  });

  it("says at once what no waiting will mend", async () => {
    cluster.answer = () => new ProtocolError("CLUSTER_AUTHORIZATION_FAILED");
    await expect(publish(written("a", zero))).rejects.toThrow(/IdempotentWrite/);
  });

  it("pushes back when more than maxPending would wait for a cluster that is away", async () => {
    cluster.answer = () => new Error("away");
    for (let n = 0; n < 5; n++) void publish(written(`a${n}`, zero));
    await vi.advanceTimersByTimeAsync(10);
    await expect(publish(written("b", zero))).rejects.toThrow(BrokerUnavailableError);
    await expect(publish(written("b", zero))).rejects.toThrow(/5 messages wait.*maxPending is 5/);
    await vi.advanceTimersByTimeAsync(10_000);
  });

  it("stops waiting when its caller does, and sends nothing of what had not left", async () => {
    cluster.answer = () => new Promise(() => {});
    void publish(written("a", zero));
    await vi.advanceTimersByTimeAsync(1);
    const leaving = new AbortController();
    const published = publisher.publish([written("b", zero)], leaving.signal);
    leaving.abort(new Error("I leave"));
    await expect(published).rejects.toThrow("I leave");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(cluster.requests.flatMap(({ lanes }) => Object.values(lanes)).join()).not.toContain("b");
  });

  it("closes when what was accepted has arrived, and leaves no timer behind", async () => {
    const arriving = publish(written("a", zero), written("b", one));
    await publisher.close();
    await arriving;
    expect(vi.getTimerCount()).toBe(0);
  });
});
