import { InvalidOptionError } from "../../errors/invalid-option-error.js";

/** What is called of a `Redis` of ioredis: it is only duplicated, and never used or closed. */
export interface RedisClient {
  readonly isCluster?: boolean;
  readonly options?: object;
  duplicate(override?: object): unknown;
}

/** Options of ioredis's `Redis`, these and all others: a host, or the Sentinels of several; TLS; who logs in. */
export interface RedisConnectionOptions {
  /** @default "localhost" */
  readonly host?: string | undefined;
  /** @default 6379 */
  readonly port?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** @default 0 */
  readonly db?: number | undefined;
  /** Options of `tls.connect`; `{}` for TLS with the certificates that Node trusts. @default no TLS */
  readonly tls?: object | undefined;
  /** Where Sentinels are; the primary called {@link name} is asked of them on every connect. */
  readonly sentinels?: readonly { readonly host: string; readonly port: number }[] | undefined;
  /** The name of the primary among the Sentinels. */
  readonly name?: string | undefined;
  readonly [option: string]: unknown;
}

export type Argument = string | number | Uint8Array;
/** ioredis makes one list of lists. */
export type RedisCommand = readonly [name: string, ...args: (Argument | readonly Argument[])[]];
/** Of each command of a pipeline the error, or `null` and the reply. */
export type RedisResults = readonly (readonly [error: Error | null, reply?: unknown])[];

/** What is called of a connection that was made here. */
export interface RedisConnection {
  readonly status: string;
  callBuffer(...command: RedisCommand): Promise<unknown>;
  pipeline(commands: readonly RedisCommand[]): { exec(): Promise<RedisResults | null> };
  connect(): Promise<void>;
  disconnect(reconnect?: boolean): void;
  on(event: "ready" | "close" | "end" | "error", listener: (error: Error) => void): unknown;
}

/** Makes connections of the kind that was asked for; each fails what is under way as soon as it breaks. */
export interface RedisConnector {
  /** What ioredis would put before each key; it is put there here. */
  readonly keyPrefix: string;
  /** For people: where it leads, without secrets. */
  readonly target: string;
  connect(idleTimeoutMs: number): Promise<RedisConnection>;
}

/**
 * What a connection of the broker needs besides where it leads. Waiting, sending again and its limits are the broker's:
 * ioredis would do so without a bound and behind its back.
 */
const ours = (idleTimeoutMs: number) => ({
  lazyConnect: false,
  enableOfflineQueue: false,
  enableReadyCheck: true,
  // Each close fails what is under way; without this, commands that are not sent again never settle.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: false,
  reconnectOnError: null,
  commandTimeout: undefined,
  socketTimeout: idleTimeoutMs,
  keyPrefix: "",
  replyMapping: "legacy",
  stringNumbers: false,
});

const retryStrategy = (attempt: number) => Math.min(1_000, 25 * 2 ** attempt) + Math.random() * 50;

export function connectorOf(
  client: RedisClient | undefined,
  connection: string | RedisConnectionOptions | undefined,
): RedisConnector {
  if ((client === undefined) === (connection === undefined))
    throw new InvalidOptionError(
      "RedisBroker client, connection",
      client && "both",
      "one of them: a Redis of ioredis, or how to make one",
    );
  return client === undefined ? byOptions(connection) : byClient(client);
}

function byClient(client: RedisClient): RedisConnector {
  const isOne = typeof client?.duplicate === "function" && client.isCluster !== true;
  if (!isOne) throw new InvalidOptionError("RedisBroker client", client, "a Redis of ioredis, not a Cluster");
  const options = (client.options ?? {}) as Given;
  return {
    ...about(options),
    connect: async (idleTimeoutMs) =>
      client.duplicate({ ...ours(idleTimeoutMs), retryStrategy }) as RedisConnection,
  };
}

function byOptions(given: string | RedisConnectionOptions | undefined): RedisConnector {
  if (!(typeof given === "string" || (typeof given === "object" && given !== null)))
    throw new InvalidOptionError("RedisBroker connection", given, "a URL, or options of ioredis");
  const options = typeof given === "string" ? ofUrl(given) : (given as Given);
  return {
    ...about(options),
    async connect(idleTimeoutMs) {
      const { Redis } = await import("ioredis").catch((cause) => {
        throw new InvalidOptionError(
          "RedisBroker connection",
          about(options).target,
          "the package ioredis to make it with",
          `Install it (npm install ioredis), or pass a client. ${cause}`,
        );
      });
      const all = { retryStrategy, ...(typeof given === "string" ? {} : given), ...ours(idleTimeoutMs) };
      const made = typeof given === "string" ? new Redis(given, all as object) : new Redis(all as object);
      return made as unknown as RedisConnection;
    },
  };
}

type Given = Partial<Record<"host" | "port" | "path" | "username" | "keyPrefix" | "sentinels", unknown>>;

function about({ host = "localhost", port = 6379, path, username, keyPrefix = "", sentinels }: Given) {
  const place = path ?? (sentinels ? `the Sentinels ${JSON.stringify(sentinels)}` : `${host}:${port}`);
  return { keyPrefix: `${keyPrefix}`, target: username ? `${place} as ${username}` : `${place}` };
}

function ofUrl(given: string): Given {
  const url = URL.parse(given);
  if (url === null || !/^rediss?:$/.test(url.protocol))
    throw new InvalidOptionError(
      "RedisBroker connection",
      given.replace(/\/\/.*@/, "//…@"),
      'a URL such as "redis://localhost:6379" or "rediss://user:password@host:6380"',
    );
  return {
    host: url.hostname || undefined,
    port: url.port || undefined,
    username: url.username || undefined,
  };
}
