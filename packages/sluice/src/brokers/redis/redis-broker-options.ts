import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { type BrokerOptions, type BrokerSettings, brokerSettings } from "../broker-options.js";
import {
  connectorOf,
  type RedisClient,
  type RedisConnectionOptions,
  type RedisConnector,
} from "./redis-client.js";

export interface RedisBrokerOptions extends BrokerOptions {
  /**
   * A `Redis` of ioredis. The broker duplicates it for connections of its own, and neither uses nor closes it: what blocks
   * must not stand in the way of the application's commands.
   */
  readonly client?: RedisClient | undefined;
  /** Instead of a client: a URL (`redis://`, or `rediss://` for TLS), or options of ioredis. */
  readonly connection?: string | RedisConnectionOptions | undefined;
  /** Stands before the topic in the key of its stream. @default "" */
  readonly prefix?: string | undefined;
  /**
   * How many messages a stream keeps, about: each publish trims it. What a group has not handled by then is lost to it. A
   * whole number from 1 up.
   * @default none: streams grow until somebody trims them
   */
  readonly maxLength?: number | undefined;
  /**
   * How many replicas must have the messages before `publish` resolves (`WAIT`), from 0 up. It makes a failover lose less,
   * not nothing.
   * @default 0
   */
  readonly waitReplicas?: number | undefined;
  /** Whether `publish` resolves only when the messages are on disk (`WAITAOF`, Redis 7.2 and later). @default false */
  readonly waitAof?: boolean | undefined;
  /**
   * How long a member of a group may say nothing of a message until others take it over, in milliseconds from 100 up. Each
   * member speaks up three times as often.
   * @default 30_000
   */
  readonly claimIdleMs?: number | undefined;
}

export interface RedisSettings extends BrokerSettings {
  readonly connector: RedisConnector;
  readonly prefix: string;
  readonly maxLength: number | undefined;
  readonly waitReplicas: number;
  readonly waitAof: boolean;
  readonly claimIdleMs: number;
}

const longestMs = 2 ** 31 - 1;

export function redisSettings(options: RedisBrokerOptions): RedisSettings {
  const whole = (name: keyof RedisBrokerOptions, otherwise: number, least: number, greatest: number) => {
    const given = options[name] ?? otherwise;
    if (Number.isSafeInteger(given) && Number(given) >= least && Number(given) <= greatest)
      return Number(given);
    throw new InvalidOptionError(`RedisBroker ${name}`, given, `a whole number from ${least} to ${greatest}`);
  };
  const { client, connection, prefix = "", waitAof = false } = options;
  const connector = connectorOf(client, connection);
  if (typeof prefix !== "string") throw new InvalidOptionError("RedisBroker prefix", prefix, "a string");
  if (typeof waitAof !== "boolean") throw new InvalidOptionError("RedisBroker waitAof", waitAof, "a boolean");
  return {
    ...brokerSettings("RedisBroker", options),
    connector,
    prefix: connector.keyPrefix + prefix,
    maxLength:
      options.maxLength === undefined ? undefined : whole("maxLength", 1, 1, Number.MAX_SAFE_INTEGER),
    waitReplicas: whole("waitReplicas", 0, 0, 100),
    waitAof,
    claimIdleMs: whole("claimIdleMs", 30_000, 100, longestMs),
  };
}
