import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { BrokerOptions } from "../broker-options.js";
import type { NatsConnection, NatsConnectOptions } from "./nats-connection.js";

export interface NatsBrokerOptions extends BrokerOptions {
  /**
   * A connection of `@nats-io/transport-node`, which its owner closes after the broker; or what to connect with, when it
   * is first needed: that connection is the broker's, and tries again for ever when it is lost.
   */
  readonly connection: NatsConnection | NatsConnectOptions;
  /** The JetStream domain, behind leaf nodes. @default that of the server */
  readonly domain?: string | undefined;
  /**
   * Makes a stream for a topic that is in none, under the topic's name: `.` becomes `=`, and what else a stream's name
   * may not have is percent-encoded. Without it such a topic is an error.
   * @default none
   */
  readonly createStreams?: NatsStreamOptions | undefined;
  /**
   * After how long the server gives to others what a group's member had when it died, in milliseconds from 1,000 up.
   * Members at work say so three times meanwhile. A group that exists keeps its own.
   * @default 5_000
   */
  readonly ackWaitMs?: number | undefined;
  /**
   * `"group"` keeps the order per key in a whole group, by letting one member at a time have all of a topic's messages,
   * as a pinned client; the others stand by. It needs NATS 2.11, and such a consumer has it for good.
   * @default "member"
   */
  readonly orderPerKey?: "group" | "member" | undefined;
}

export interface NatsStreamOptions {
  /** How many servers keep it, from 1 to 5. Three outlive the loss of one. @default 1 */
  readonly replicas?: number | undefined;
  /** @default "file" */
  readonly storage?: "file" | "memory" | undefined;
  /** For how long a message is kept, in milliseconds. @default for ever */
  readonly maxAgeMs?: number | undefined;
  /** Beyond it the oldest go. @default no limit */
  readonly maxBytes?: number | undefined;
  /** How long the server knows a message's id again, in milliseconds. @default two minutes, or `maxAgeMs` */
  readonly duplicateWindowMs?: number | undefined;
}

const longestMs = 2 ** 31 - 1;

/** @throws {InvalidOptionError} an option is out of range. */
export function checkNatsOptions(options: NatsBrokerOptions): void {
  const { connection, createStreams, ackWaitMs, orderPerKey, domain } = options;
  if (
    typeof connection !== "object" ||
    connection === null ||
    !(isConnection(connection) || hasServers(connection))
  )
    throw invalid("connection", connection, "a connection of @nats-io/transport-node, or { servers: … }");
  if (domain !== undefined && !(typeof domain === "string" && /^[^\s.*>]+$/.test(domain)))
    throw invalid("domain", domain, "the name of a domain");
  if (!(orderPerKey === undefined || orderPerKey === "member" || orderPerKey === "group"))
    throw invalid("orderPerKey", orderPerKey, '"member" or "group"');
  number("ackWaitMs", ackWaitMs, 1_000);
  if (createStreams === undefined) return;
  if (typeof createStreams !== "object" || createStreams === null)
    throw invalid("createStreams", createStreams, "an object, which may be empty");
  const { replicas, storage, maxAgeMs, maxBytes, duplicateWindowMs } = createStreams;
  number("createStreams.replicas", replicas, 1, 5);
  number("createStreams.maxAgeMs", maxAgeMs, 100, Number.MAX_SAFE_INTEGER);
  number("createStreams.maxBytes", maxBytes, 1, Number.MAX_SAFE_INTEGER);
  number("createStreams.duplicateWindowMs", duplicateWindowMs, 100, Number.MAX_SAFE_INTEGER);
  if (!(storage === undefined || storage === "file" || storage === "memory"))
    throw invalid("createStreams.storage", storage, '"file" or "memory"');
}

export function isConnection(given: NatsConnection | NatsConnectOptions): given is NatsConnection {
  return typeof given.publish === "function" && typeof given.subscribe === "function";
}

function hasServers({ servers }: NatsConnectOptions): boolean {
  const all: readonly unknown[] = Array.isArray(servers) ? servers : [servers];
  return all.length > 0 && all.every((server) => typeof server === "string" && server !== "");
}

function number(name: string, given: number | undefined, least: number, most = longestMs): void {
  if (given === undefined || (Number.isSafeInteger(given) && given >= least && given <= most)) return;
  throw invalid(name, given, `a whole number from ${least} to ${most}`);
}

function invalid(option: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`NatsBroker ${option}`, given, expected);
}
