import { type RunningServer, redis } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { ReceivedMessage } from "sluice";
import { RedisBroker } from "sluice/brokers/redis";
import { brokerConformance, RecordingLogger } from "sluice/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { never, RedisBed } from "./redis.fixture.js";
import { restartTogether } from "./restart-together.fixture.js";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 30_000, maxConcurrency: 10 });

let server: RunningServer;
beforeAll(async () => {
  if (redis.isInstalled()) server = await redis.start();
});
afterAll(() => server?.stop());

describeWith(redis, "RedisBroker conforms", () => {
  const cases = brokerConformance({
    name: "RedisBroker",
    create: () => new RedisBroker({ connection: server.url, logger: new RecordingLogger() }),
    features: new RedisBroker({ connection: {} }).features,
    largestPayload: 5_000_000,
    stress: 5,
    restart: restartTogether(4, () => server),
  });
  const isRestart = ({ name }: { readonly name: string }) => name.includes("the server is killed");
  for (const each of cases) if (!isRestart(each)) it.concurrent(each.name, each.run);

  describe("on a server that is killed", () => {
    const restarting = cases.filter(isRestart);
    it.concurrent("has two cases, and two for stress", () => expect(restarting).toHaveLength(4));
    for (const { name, run } of restarting) it.concurrent(name, run);
  });
});

describeWith(redis, "a message on Redis", () => {
  it("is an entry with a field for each header and the body in data, bytes as they are", async () => {
    await using bed = new RedisBed(server);
    const bytes = Uint8Array.of(0, 0xff, 0xfe, 13, 10);
    const message = bed.message({
      key: "k-1",
      headers: { data: "a header", "trace-id": "ü" },
      encoded: { contentType: "application/octet-stream", bytes },
    });
    const broker = bed.broker({ prefix: "app:" });
    await broker.publish([message], { signal: never });
    const [[, fields]] = (await bed.client.xrangeBuffer(`app:${bed.topic}`, "-", "+")) as [
      [Buffer, Buffer[]],
    ];
    const texts = fields.slice(0, -1).map(String);
    expect(texts).toEqual(
      expect.arrayContaining(["ce-id", message.id, "ce-partitionkey", "k-1", "trace-id", "ü"]),
    );
    expect(texts.at(-1)).toBe("data");
    expect(fields.at(-1)).toEqual(Buffer.from(bytes));

    const received = Promise.withResolvers<unknown>();
    await broker.subscribe({ topics: [bed.topic], startAt: "earliest", onMessage: received.resolve });
    expect(await received.promise).toMatchObject({
      id: message.id,
      key: "k-1",
      headers: { data: "a header", "trace-id": "ü" },
      payload: Buffer.from(bytes),
    });
  });

  it("is forwarded as it came, with headers added", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    const message = bed.message({ key: "k-1", payload: { n: 1 } });
    const dead = `${bed.topic}-dead`;
    await broker.subscribe({
      topics: [bed.topic],
      onMessage: (given) => broker.forward(given, { topic: dead, headers: { why: "tested" }, signal: never }),
    });
    const received = Promise.withResolvers<unknown>();
    await broker.subscribe({ topics: [dead], onMessage: received.resolve });
    await broker.publish([message], { signal: never });
    expect(await received.promise).toMatchObject({
      id: message.id,
      key: "k-1",
      topic: dead,
      headers: { why: "tested" },
      payload: { n: 1 },
    });
  });

  it("is kept as a dead letter until it is removed, also where maxLength trims", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker({ maxLength: 1 });
    const name = `${bed.topic}-dead`;
    const letters = await broker.deadLetterQueue(name);
    expect(await letters.list()).toEqual([]);
    const received: ReceivedMessage[] = [];
    await broker.subscribe({ topics: [bed.topic], onMessage: (message) => received.push(message) });
    const messages = bed.messages(300);
    await bed.broker().publish(messages, { signal: never });
    await vi.waitUntil(() => received.length === 300);
    for (const message of received) await letters.add(message, { why: "tested" }, never);
    const first = await letters.list({ limit: 200 });
    const rest = await letters.list({ limit: 200, after: first.at(-1)?.id });
    expect([...first, ...rest].map(({ message }) => message.id)).toEqual(messages.map(({ id }) => id));
    expect(first[0]?.message.headers).toMatchObject({ why: "tested" });
    expect(await letters.remove(first[0]?.id ?? "")).toBe(true);
    expect(await letters.remove(first[0]?.id ?? "")).toBe(false);
    expect(await letters.remove("no id")).toBe(false);
    expect((await letters.list({ limit: 1 }))[0]?.id).toBe(first[1]?.id);
  });

  it("is kept as long as maxLength says, about", async () => {
    await using bed = new RedisBed(server);
    await bed.broker({ maxLength: 100 }).publish(bed.messages(1_000), { signal: never });
    expect(await bed.client.xlen(bed.topic)).toBeLessThan(300);
  });
});
