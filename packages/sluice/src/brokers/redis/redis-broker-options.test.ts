import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { RedisBroker } from "./redis-broker.js";
import { type RedisBrokerOptions, redisSettings } from "./redis-broker-options.js";

const client = { duplicate: () => ({}), options: { host: "redis.example", port: 6380, keyPrefix: "shop:" } };
const connection = "redis://localhost";

describe("the options of RedisBroker", () => {
  it("connects nowhere before it is used", async () => {
    await new RedisBroker({ connection: "redis://no-such-host" }).close();
  });

  it("puts what ioredis would put before each key there itself", () => {
    expect(redisSettings({ client, prefix: "events:" }).prefix).toBe("shop:events:");
  });

  it("tells where it connects to, without secrets", () => {
    const target = (options: RedisBrokerOptions) => redisSettings(options).connector.target;
    expect(target({ client })).toBe("redis.example:6380");
    expect(target({ connection: "rediss://app:secret@redis.example:6380/2" })).toBe(
      "redis.example:6380 as app",
    );
    expect(target({ connection: { password: "secret" } })).toBe("localhost:6379");
    expect(target({ connection: { sentinels: [{ host: "s", port: 26379 }], name: "main" } })).toMatch(
      /Sentinels.*26379/,
    );
  });

  it.each<[object, string]>([
    [{}, "RedisBroker client, connection"],
    [{ client, connection }, "RedisBroker client, connection"],
    [{ client: { ...client, isCluster: true } }, "RedisBroker client"],
    [{ client: {} }, "RedisBroker client"],
    [{ connection: "localhost:6379" }, "RedisBroker connection"],
    [{ connection: 6379 }, "RedisBroker connection"],
    [{ connection, prefix: 1 }, "RedisBroker prefix"],
    [{ connection, maxLength: 0 }, "RedisBroker maxLength"],
    [{ connection, waitReplicas: -1 }, "RedisBroker waitReplicas"],
    [{ connection, waitAof: "yes" }, "RedisBroker waitAof"],
    [{ connection, claimIdleMs: 99 }, "RedisBroker claimIdleMs"],
    [{ connection, publishTimeoutMs: 0 }, "RedisBroker publishTimeoutMs"],
    [{ connection, maxPending: 1.5 }, "RedisBroker maxPending"],
  ])("refuses %o", (options, option) => {
    expect(() => new RedisBroker(options as RedisBrokerOptions)).toThrow(InvalidOptionError);
    expect(() => new RedisBroker(options as RedisBrokerOptions)).toThrow(option);
  });

  it("does not repeat a password of a URL that it refuses", () => {
    const make = () => new RedisBroker({ connection: "http://app:secret@localhost" });
    expect(make).toThrow("//…@localhost");
    expect(make).not.toThrow("secret");
  });
});
