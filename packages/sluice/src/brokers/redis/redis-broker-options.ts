import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { consoleLogger, guardLogger, type Logger } from "../../handlers/logger.js";
import { cloudEvents } from "../cloud-events.js";
import type { WireFormat } from "../wire-format.js";
import {
  connectorOf,
  type RedisClient,
  type RedisConnectionOptions,
  type RedisConnector,
} from "./redis-client.js";

export interface RedisBrokerOptions {
  /**
   * A `Redis` of ioredis. The broker duplicates it for connections of its own, and neither uses nor closes it: what blocks
   * must not stand in the way of the application's commands.
   */
  readonly client?: RedisClient | undefined;
  /** Instead of a client: a URL (`redis://`, or `rediss://` for TLS), or options of ioredis. */
  readonly connection?: string | RedisConnectionOptions | undefined;
  /** Stands before the topic in the key of its stream. @default "" */
  readonly prefix?: string | undefined;
  /** How messages are written. @default CloudEvents */
  readonly wire?: WireFormat | undefined;
  /** Told of lost connections, of failures, and of settings by which a server loses messages. @default console */
  readonly logger?: Logger | undefined;
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
  /** How long `publish`, `forward` and `subscribe` wait for a connection and an answer, in milliseconds from 1 up. @default 30_000 */
  readonly publishTimeoutMs?: number | undefined;
  /**
   * How many messages may wait for a connection, from 1 up: beyond it `publish` rejects at once. A call of more waits only
   * alone.
   * @default 10_000
   */
  readonly maxPending?: number | undefined;
}

export interface RedisSettings {
  readonly connector: RedisConnector;
  readonly prefix: string;
  readonly wire: WireFormat;
  readonly logger: Logger;
  readonly maxLength: number | undefined;
  readonly waitReplicas: number;
  readonly waitAof: boolean;
  readonly claimIdleMs: number;
  readonly publishTimeoutMs: number;
  readonly maxPending: number;
}

const longestMs = 2 ** 31 - 1;

export function redisSettings(options: RedisBrokerOptions): RedisSettings {
  const whole = (name: keyof RedisBrokerOptions, otherwise: number, least: number, greatest: number) => {
    const given = options[name] ?? otherwise;
    if (Number.isSafeInteger(given) && Number(given) >= least && Number(given) <= greatest)
      return Number(given);
    throw new InvalidOptionError(`RedisBroker ${name}`, given, `a whole number from ${least} to ${greatest}`);
  };
  const {
    client,
    connection,
    prefix = "",
    wire = cloudEvents(),
    logger = consoleLogger,
    waitAof = false,
  } = options;
  const connector = connectorOf(client, connection);
  if (typeof prefix !== "string") throw new InvalidOptionError("RedisBroker prefix", prefix, "a string");
  if (typeof waitAof !== "boolean") throw new InvalidOptionError("RedisBroker waitAof", waitAof, "a boolean");
  return {
    connector,
    prefix: connector.keyPrefix + prefix,
    wire,
    logger: guardLogger(logger),
    maxLength:
      options.maxLength === undefined ? undefined : whole("maxLength", 1, 1, Number.MAX_SAFE_INTEGER),
    waitReplicas: whole("waitReplicas", 0, 0, 100),
    waitAof,
    claimIdleMs: whole("claimIdleMs", 30_000, 100, longestMs),
    publishTimeoutMs: whole("publishTimeoutMs", 30_000, 1, longestMs),
    maxPending: whole("maxPending", 10_000, 1, Number.MAX_SAFE_INTEGER),
  };
}
