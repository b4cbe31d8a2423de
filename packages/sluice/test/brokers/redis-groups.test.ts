import { execFile } from "node:child_process";
import { type RunningServer, redis } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { RetryLater } from "sluice/brokers";
import type { RedisBroker } from "sluice/brokers/redis";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { never, RedisBed } from "./redis.fixture.js";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 30_000 });

let server: RunningServer;
beforeAll(async () => {
  if (redis.isInstalled()) server = await redis.start();
});
afterAll(() => server?.stop());

describeWith(redis, "a group on Redis", () => {
  it("begins at the moment it is told", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    const [before, after] = [bed.message(), bed.message()];
    await broker.publish([before], { signal: never });
    const [[last]] = (await bed.client.xrange(bed.topic, "-", "+")) as [[string, string[]]];
    const moment = Number(last.split("-")[0]) + 1;
    await vi.waitUntil(
      async () =>
        Number((await bed.client.time())[0]) * 1e6 + Number((await bed.client.time())[1]) >= moment * 1e3,
    );
    await broker.publish([after], { signal: never });
    const seen: string[] = [];
    const subscribe = (group: string, startAt: "latest" | Date) =>
      broker.subscribe({
        topics: [bed.topic],
        group,
        startAt,
        onMessage: ({ id }) => seen.push(`${group} ${id}`),
      });
    await subscribe("dated", new Date(moment));
    await subscribe("late", "latest");
    const last2 = bed.message();
    await broker.publish([last2], { signal: never });
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    expect(seen.sort()).toEqual([`dated ${after.id}`, `dated ${last2.id}`, `late ${last2.id}`].sort());
  });

  it("shares its topics' messages among its members, none has more than its prefetch (C2)", async () => {
    await using bed = new RedisBed(server);
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const topics = [bed.topic, `${bed.topic}-2`];
    const messages = bed.messages(50, (n) => ({ topic: topics[n % 2] as string }));
    await bed.broker().publish(messages, { signal: never });
    const pending = async () => (await Promise.all(topics.map((topic) => bed.pending("g", topic)))).flat();
    for (const broker of [bed.broker(), bed.broker()])
      await broker.subscribe({
        topics,
        group: "g",
        prefetch: 10,
        onMessage: async ({ id }) => {
          await gate.promise;
          seen.push(id);
        },
      });
    await vi.waitUntil(async () => (await pending()).length >= 20);
    const byMember = Object.values(Object.groupBy(await pending(), ({ consumer }) => consumer));
    expect(byMember.map((each) => each?.length)).toEqual([10, 10]);
    gate.resolve();
    await vi.waitUntil(async () => seen.length >= 50 && (await pending()).length === 0);
    expect(seen.sort()).toEqual(messages.map(({ id }) => id).sort());
  });

  it("serves more topics than there is room for", async () => {
    await using bed = new RedisBed(server);
    const topics = [1, 2, 3].map((n) => `${bed.topic}-${n}`);
    const seen: string[] = [];
    const broker = bed.broker();
    await broker.subscribe({ topics, group: "g", prefetch: 1, onMessage: ({ id }) => seen.push(id) });
    const messages = bed.messages(30, (n) => ({ topic: topics[n % 3] as string }));
    await broker.publish(messages, { signal: never });
    await vi.waitFor(() => expect(seen).toHaveLength(30));
  });

  it("gives others at once what a member has not done when it closes; only what was tried counts (C3)", async () => {
    await using bed = new RedisBed(server);
    const [first, second] = [bed.broker(), bed.broker()];
    const started = Promise.withResolvers<void>();
    const subscription = await first.subscribe({
      topics: [bed.topic],
      group: "g",
      closeTimeoutMs: 0,
      onMessage: (_, signal) => {
        started.resolve();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    await first.publish([bed.message({ key: "a", payload: 1 }), bed.message({ key: "a", payload: 2 })], {
      signal: never,
    });
    await started.promise;
    const got: [unknown, number][] = [];
    await second.subscribe({
      topics: [bed.topic],
      group: "g",
      onMessage: ({ payload, attempt }) => got.push([payload, attempt]),
    });
    await subscription.close();
    await vi.waitFor(() => expect(got).toHaveLength(2), { timeout: 3_000 });
    expect(got).toEqual([
      [1, 2],
      [2, 1],
    ]);
    const consumers = (await bed.client.xinfo("CONSUMERS", bed.topic, "g")) as unknown[];
    expect(consumers).toHaveLength(2); // the second member, and who held what was released
  });

  it("gives others what a killed member had, and counts its tries", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker({ claimIdleMs: 300 });
    await broker.publish([bed.message()], { signal: never });
    const program = `
      import { RetryLater } from "sluice/brokers";
      import { RedisBroker } from "sluice/brokers/redis";
      const broker = new RedisBroker({ connection: ${JSON.stringify(server.url)} });
      await broker.subscribe({
        topics: [${JSON.stringify(bed.topic)}],
        group: "g",
        onMessage: ({ attempt }) => (attempt < 3 ? new RetryLater(0) : new Promise(() => console.log(attempt))),
      });`;
    const child = execFile(process.execPath, ["--input-type=module", "-e", program], {
      cwd: new URL("../..", import.meta.url),
    });
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    await vi.waitUntil(async () => (await bed.pending("g"))[0]?.count === 3);
    child.kill("SIGKILL");
    const got = Promise.withResolvers<number>();
    await broker.subscribe({
      topics: [bed.topic],
      group: "g",
      onMessage: ({ attempt }) => got.resolve(attempt),
    });
    expect(await got.promise).toBe(4);
  });

  it("leaves a message with the member that handles it for longer than claimIdleMs", async () => {
    await using bed = new RedisBed(server);
    const [first, second] = [bed.broker({ claimIdleMs: 300 }), bed.broker({ claimIdleMs: 300 })];
    const finish = Promise.withResolvers<void>();
    const seen: string[] = [];
    const subscribe = (broker: RedisBroker, name: string) =>
      broker.subscribe({
        topics: [bed.topic],
        group: "g",
        prefetch: 1,
        onMessage: () => {
          seen.push(name);
          return finish.promise;
        },
      });
    await subscribe(first, "first");
    await first.publish([bed.message()], { signal: never });
    await vi.waitUntil(() => seen.length === 1);
    await subscribe(second, "second");
    const begin = Date.now();
    let looks = 0;
    // The second member looks for what is idle twice a second.
    await vi.waitUntil(() => ++looks > 0 && Date.now() - begin > 1_500, { timeout: 5_000 });
    finish.resolve();
    await vi.waitUntil(async () => (await bed.pending("g")).length === 0);
    expect(seen).toEqual(["first"]);
  });

  it("goes on behind a message that is malformed, and keeps its bytes (M2)", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    const good = bed.messages(5);
    const [seen, bad]: [string[], unknown[]] = [[], []];
    await broker.publish(good.slice(0, 2), { signal: never });
    await bed.client.xadd(bed.topic, "*", "text", "no CloudEvent");
    await bed.client.xadd(bed.topic, "*", "ce-specversion", "1.0", "data", "{}");
    await broker.publish(good.slice(2), { signal: never });
    await broker.subscribe({
      topics: [bed.topic],
      group: "g",
      onMessage: (message) => {
        try {
          seen.push(message.id);
        } catch (error) {
          bad.push({ error, raw: message.raw });
        }
      },
    });
    await vi.waitFor(() => expect([seen.length, bad.length]).toEqual([5, 2]));
    expect(bad).toMatchObject([
      { error: { code: "SLUICE_MALFORMED_MESSAGE" }, raw: { headers: { text: "no CloudEvent" } } },
      { error: { code: "SLUICE_MALFORMED_MESSAGE" }, raw: { body: Buffer.from("{}") } },
    ]);
  });

  it("begins anew where the stream and it with it are gone, and says so", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    const seen: string[] = [];
    await broker.subscribe({ topics: [bed.topic], group: "g", onMessage: ({ id }) => seen.push(id) });
    await broker.publish([bed.message()], { signal: never });
    await vi.waitUntil(() => seen.length === 1);
    await bed.client.del(bed.topic);
    await broker.publish([bed.message()], { signal: never });
    await vi.waitUntil(() => seen.length === 2);
    expect(bed.logger.records.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^The group g was gone/),
    );
  });

  it("forgets members that were killed long ago", async () => {
    await using bed = new RedisBed(server);
    await bed.client.xgroup("CREATE", bed.topic, "g", "0", "MKSTREAM");
    await bed.client.xgroup("CREATECONSUMER", bed.topic, "g", "dead");
    const members = async () => ((await bed.client.xinfo("CONSUMERS", bed.topic, "g")) as unknown[]).length;
    const broker = bed.broker({ claimIdleMs: 100 });
    expect(await members()).toBe(1);
    await vi.waitUntil(
      async () => {
        const [dead] = (await bed.client.xinfo("CONSUMERS", bed.topic, "g")) as unknown[][];
        return Number(dead?.[5]) > 2_000;
      },
      { timeout: 5_000 },
    );
    const subscription = await broker.subscribe({
      topics: [bed.topic],
      group: "g",
      onMessage: () => new RetryLater(0),
    });
    await subscription.close();
    expect(await members()).toBe(0);
  });
});
