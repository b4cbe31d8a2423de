import { type RunningServer, redis } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { Redis } from "ioredis";
import type { ReceivedMessage } from "sluice";
import { RedisBroker } from "sluice/brokers/redis";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { never, RedisBed } from "./redis.fixture.js";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 30_000 });

let server: RunningServer;
beforeAll(async () => {
  if (redis.isInstalled()) server = await redis.start();
});
afterAll(() => server?.stop());

describeWith(redis, "the connections of RedisBroker", () => {
  it("are its own where a client is given, and gone when it is closed; the client stays", async () => {
    await using bed = new RedisBed(server);
    const client = new Redis(server.url, {
      connectionName: "given",
      keyPrefix: "pre:",
      replyMapping: "resp3",
    });
    const named = async () => `${await bed.client.client("LIST")}`.split("name=given").length - 1;
    const broker = new RedisBroker({ client, logger: bed.logger });
    const seen: unknown[] = [];
    await broker.subscribe({
      topics: [bed.topic],
      group: "g",
      onMessage: ({ payload }) => seen.push(payload),
    });
    await broker.subscribe({ topics: [bed.topic], onMessage: ({ payload }) => seen.push(payload) });
    await broker.publish([bed.message({ payload: 1 })], { signal: never });
    await vi.waitFor(() => expect(seen).toEqual([1, 1]));
    expect(await bed.client.xlen(`pre:${bed.topic}`)).toBe(1);
    expect(await named()).toBe(4);
    await broker.close();
    await vi.waitUntil(async () => (await named()) === 1);
    expect(await client.ping()).toBe("PONG");
    client.disconnect();
  });

  it("are told again what was on its way to them when they broke, at once and as the same try", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    const got: [unknown, number][] = [];
    const onMessage = ({ payload, attempt }: ReceivedMessage) => got.push([payload, attempt]);
    await broker.subscribe({ topics: [bed.topic], group: "g", prefetch: 10, onMessage });
    await broker.publish([bed.message({ payload: 1 })], { signal: never });
    await vi.waitUntil(async () => got.length === 1 && (await bed.pending("g")).length === 0);
    const [[, member]] = (await bed.client.xinfo("CONSUMERS", bed.topic, "g")) as [[string, string]];
    // As if Redis had given it to the member, and the connection broke before it was there.
    const given = bed.client
      .pipeline()
      .xadd(
        bed.topic,
        "*",
        "ce-specversion",
        "1.0",
        "ce-id",
        "lost",
        "ce-source",
        "/",
        "ce-type",
        "t",
        "data",
        "2",
      )
      .xreadgroup("GROUP", "g", member, "COUNT", 1, "STREAMS", bed.topic, ">");
    await bed.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await given.exec();
    await vi.waitFor(() => expect(got).toHaveLength(2), { timeout: 5_000 });
    expect(got).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it("wait for Redis to come back: up to publishTimeoutMs, and with at most maxPending messages", async () => {
    const own = await redis.start();
    try {
      await using bed = new RedisBed(own);
      const broker = bed.broker({ publishTimeoutMs: 1_000, maxPending: 10 });
      await broker.publish([bed.message()], { signal: never });
      await own.kill();
      await vi.waitUntil(() => bed.client.status !== "ready");
      const late = broker.publish(bed.messages(8), { signal: never });
      const aborting = new AbortController();
      const aborted = broker.publish(bed.messages(2), { signal: aborting.signal });
      const beyond = broker.publish([bed.message()], { signal: never });
      await expect(beyond).rejects.toMatchObject({
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringContaining("maxPending is 10"),
      });
      aborting.abort(new Error("nobody waits"));
      await expect(aborted).rejects.toThrow("nobody waits");
      await expect(late).rejects.toMatchObject({
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringMatching(
          /no connection within publishTimeoutMs, 1000 ms: connect ECONNREFUSED/,
        ),
      });
      const back = broker.publish(bed.messages(3), { signal: never });
      await own.restart();
      await back;
      expect(await bed.client.xlen(bed.topic)).toBe(4);
    } finally {
      await own.stop();
    }
  });

  it("leave no timer, socket or listener behind", async () => {
    await using bed = new RedisBed(server);
    await bed.client.ping();
    const resources = () =>
      process
        .getActiveResourcesInfo()
        .filter((name) => /TCP|Timeout/.test(name))
        .sort();
    const before = resources();
    const broker = bed.broker();
    await broker.subscribe({ topics: [bed.topic], group: "g", onMessage() {} });
    await broker.subscribe({ topics: [bed.topic], onMessage() {} });
    await broker.publish([bed.message()], { signal: never });
    await broker.close();
    // Without a timer of its own.
    for (const begin = Date.now(); Date.now() - begin < 1_000 && resources().length > before.length; )
      await new Promise(setImmediate);
    expect(resources().length).toBeLessThanOrEqual(before.length);
  });

  it("may break at any moment: nothing is lost, and each key keeps its order", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    const messages = bed.messages(2_000, (n) => ({ key: `key ${n % 16}` }));
    const seen = new Map<string, number[]>();
    await broker.subscribe({
      topics: [bed.topic],
      group: "g",
      prefetch: 100,
      onMessage: ({ key = "", payload }) => {
        const { n } = payload as { n: number };
        const numbers = seen.get(key) ?? [];
        if (!numbers.includes(n)) seen.set(key, [...numbers, n]);
      },
    });
    for (let n = 0; n < 20; n++) {
      const published = broker.publish(messages.slice(n * 100, n * 100 + 100), { signal: never });
      await bed.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await published;
    }
    const all = () => [...seen.values()].flat().length;
    await vi.waitUntil(() => all() === 2_000, { timeout: 10_000 });
    for (const numbers of seen.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });
});
