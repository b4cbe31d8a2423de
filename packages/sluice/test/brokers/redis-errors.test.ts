import { type RunningServer, redis } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { MessageRefusedError, PublishFailedError } from "sluice/brokers";
import { RedisBroker, type RedisConnectionOptions } from "sluice/brokers/redis";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { never, RedisBed } from "./redis.fixture.js";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 30_000 });

let server: RunningServer;
beforeAll(async () => {
  const settings = { "proto-max-bulk-len": 1_048_576, appendonly: "no", "repl-diskless-sync-delay": 0 };
  if (redis.isInstalled()) server = await redis.start({ settings });
});
afterAll(() => server?.stop());

const unavailable = (message: RegExp) =>
  expect.objectContaining({ code: "SLUICE_BROKER_UNAVAILABLE", message: expect.stringMatching(message) });

describeWith(redis, "what Redis refuses", () => {
  it("is told of the messages that it concerns; the others arrive", async () => {
    await using bed = new RedisBed(server);
    const list = `${bed.topic}-list`;
    await bed.client.lpush(list, "a list");
    const broker = bed.broker();
    const [good, bad] = [bed.message(), bed.message({ topic: list })];
    const error = await broker.publish([bad, good], { signal: never }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PublishFailedError);
    const { failures } = error as PublishFailedError;
    expect([...failures]).toEqual([[bad.id, unavailable(/topic .*-list: WRONGTYPE .* Use another topic/)]]);
    expect(await bed.client.xlen(bed.topic)).toBe(1);
    await expect(broker.publish([bad], { signal: never })).rejects.toEqual(unavailable(/WRONGTYPE/));
    const subscribing = broker.subscribe({ topics: [list], group: "g", onMessage() {} });
    await expect(subscribing).rejects.toEqual(unavailable(/WRONGTYPE/));
    await expect(broker.subscribe({ topics: [list], onMessage() {} })).rejects.toEqual(
      unavailable(/WRONGTYPE/),
    );
  });

  it("is a message that is too large, for good; those behind it with its key are not sent", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    const payload = "x".repeat(1_048_576);
    const [large, behind, beside] = [
      bed.message({ key: "a", payload }),
      bed.message({ key: "a" }),
      bed.message(),
    ];
    const alone = broker.publish([large], { signal: never });
    await expect(alone).rejects.toBeInstanceOf(MessageRefusedError);
    const error = await broker
      .publish([large, behind, beside], { signal: never })
      .catch((thrown: unknown) => thrown);
    const { failures } = error as PublishFailedError;
    expect([...failures.keys()]).toEqual([large.id, behind.id]);
    expect(failures.get(large.id)).toMatchObject({
      messageId: large.id,
      message: expect.stringContaining("1048576"),
    });
    expect(await bed.client.xlen(bed.topic)).toBe(1);
    await broker.publish([bed.message({ payload: "x".repeat(1_048_000) })], { signal: never });
  });

  it("is all while its memory is full, and nothing later", async () => {
    await using bed = new RedisBed(server);
    const broker = bed.broker();
    await broker.publish([bed.message()], { signal: never });
    await bed.client.config("SET", "maxmemory", "1");
    await expect(broker.publish(bed.messages(3), { signal: never })).rejects.toEqual(
      unavailable(/OOM .*maxmemory/),
    );
    await expect(broker.publish([bed.message()], { signal: never })).rejects.toEqual(unavailable(/OOM/));
    await bed.client.config("SET", "maxmemory", "0");
    await broker.publish(bed.messages(3), { signal: never });
    expect(await bed.client.xlen(bed.topic)).toBe(4);
  });

  it("is a user who may not: said at once, with what to do", async () => {
    await using bed = new RedisBed(server);
    await bed.client.acl(
      "SETUSER",
      "reader",
      "on",
      ">secret",
      "~*",
      "+@all",
      "-xadd",
      "-xreadgroup",
      "-config",
    );
    const { port } = server;
    const connection = { port, username: "reader", password: "secret" };
    const broker = new RedisBroker({ connection, logger: bed.logger });
    await expect(broker.publish(bed.messages(2), { signal: never })).rejects.toEqual(
      unavailable(/NOPERM .*ACL/),
    );
    await broker.subscribe({ topics: [bed.topic], group: "g", onMessage() {} });
    await vi.waitFor(() =>
      expect(bed.logger.records).toContainEqual(
        expect.objectContaining({
          level: "error",
          details: expect.objectContaining({ error: unavailable(/NOPERM/) }),
        }),
      ),
    );
    await broker.close();
  });
});

describeWith(redis, "a user of Redis with no more than the documentation says", () => {
  it("publishes, and is a member of a group", async () => {
    await using bed = new RedisBed(server);
    const allowed = ["~*", "+@stream", "+multi", "+exec", "+ping", "+info", "+hello"];
    await bed.client.acl("SETUSER", "least", "on", ">secret", "-@all", ...allowed);
    const connection = { port: server.port, username: "least", password: "secret" };
    const broker = new RedisBroker({ connection, logger: bed.logger, claimIdleMs: 100 });
    const seen: string[] = [];
    const subscription = await broker.subscribe({
      topics: [bed.topic],
      group: "g",
      onMessage: ({ id }) => seen.push(id),
    });
    const messages = bed.messages(2);
    await broker.publish(messages, { signal: never });
    await vi.waitFor(() => expect(seen).toEqual(messages.map(({ id }) => id)));
    await subscription.close();
    expect(await bed.pending("g")).toEqual([]);
    await broker.close();
    expect(bed.logger.records.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describeWith(redis, "a connection that cannot be", () => {
  const fails = async (connection: RedisConnectionOptions | string, message: RegExp) => {
    await using bed = new RedisBed(server);
    const broker = new RedisBroker({ connection, logger: bed.logger, publishTimeoutMs: 500 });
    await expect(broker.publish([bed.message()], { signal: never })).rejects.toEqual(unavailable(message));
    const subscribing = broker.subscribe({ topics: ["t"], group: "g", onMessage() {} });
    await expect(subscribing).rejects.toEqual(unavailable(message));
    await broker.close();
  };

  it("as the password is wrong, or missing: said at once, without the password", async () => {
    await using bed = new RedisBed(server);
    const { port } = server;
    await bed.client.config("SET", "requirepass", "secret");
    const begin = Date.now();
    await fails(
      { port, password: "wrong" },
      /no connection to Redis at localhost:\d+: WRONGPASS .* Check username and password/,
    );
    await fails({ port }, /NOAUTH .*give username and password/);
    expect(Date.now() - begin).toBeLessThan(1_000);
    const broker = new RedisBroker({ connection: { port, password: "secret" }, logger: bed.logger });
    await broker.publish([bed.message()], { signal: never });
    await broker.close();
    await bed.client.config("SET", "requirepass", "");
  });

  it("as only one side speaks TLS", async () => {
    await fails(`rediss://127.0.0.1:${server.port}`, /both sides speak TLS|no connection/);
  });

  it("as nobody is there: said after publishTimeoutMs", async () => {
    await fails({ port: 1 }, /within publishTimeoutMs, 500 ms: connect ECONNREFUSED/);
  });

  it("as it is a replica, where nothing can be written", async () => {
    await using bed = new RedisBed(server);
    const replica = await redis.start({ settings: { replicaof: `127.0.0.1 ${server.port}` } });
    try {
      const broker = new RedisBroker({
        connection: replica.url,
        logger: bed.logger,
        publishTimeoutMs: 1_000,
      });
      const publishing = broker.publish([bed.message()], { signal: never });
      await expect(publishing).rejects.toEqual(unavailable(/READONLY .* connect to the primary/));
      await broker.close();
    } finally {
      await replica.stop();
    }
  });
});

describeWith(redis, "what publish promises", () => {
  it("warns of a server that keeps nothing, or evicts what it likes", async () => {
    await using bed = new RedisBed(server);
    await bed.client.config("SET", "maxmemory-policy", "allkeys-lru");
    const broker = bed.broker();
    await broker.publish([bed.message()], { signal: never });
    await broker.publish([bed.message()], { signal: never });
    await bed.client.config("SET", "maxmemory-policy", "noeviction");
    expect(bed.logger.records.map(({ message }) => message)).toEqual([
      expect.stringMatching(/no append-only file/),
      expect.stringMatching(/evicts any key/),
    ]);
  });

  it("waits for as many replicas as waitReplicas says", async () => {
    await using bed = new RedisBed(server);
    const hasty = bed.broker({ waitReplicas: 1, publishTimeoutMs: 1_000 });
    const lonely = hasty.publish(bed.messages(2), { signal: never });
    await expect(lonely).rejects.toEqual(unavailable(/only 0 of 1 replicas had them after 800 ms/));
    // An append-only file would be rewritten before it answers for anything: ten seconds.
    const settings = { replicaof: `127.0.0.1 ${server.port}`, appendonly: "no" };
    const replica = await redis.start({ settings });
    try {
      await vi.waitUntil(async () => (await bed.client.wait(1, 100)) === 1, 5_000);
      await bed.broker({ waitReplicas: 1 }).publish(bed.messages(2), { signal: never });
    } finally {
      await replica.stop();
    }
  });

  it("cannot wait for the disk before Redis 7.2, and says so before anything is sent", async () => {
    await using bed = new RedisBed(server);
    const version = /redis_version:(\d+)\.(\d+)/.exec(await bed.client.info("server"));
    if (Number(version?.[1]) * 100 + Number(version?.[2]) >= 702) return;
    const publishing = bed.broker({ waitAof: true }).publish([bed.message()], { signal: never });
    await expect(publishing).rejects.toEqual(unavailable(/it is Redis 7\.0.*waitAof needs 7\.2 or later/));
    expect(await bed.client.exists(bed.topic)).toBe(0);
  });
});
