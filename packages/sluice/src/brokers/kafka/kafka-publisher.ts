import { pause } from "../../middleware/pause.js";
import { backoff } from "../../resilience/backoff.js";
import { BrokerUnavailableError, MessageRefusedError } from "../publish-errors.js";
import type { KafkaSettings } from "./kafka-broker-options.js";
import type { KafkaProducerIdentity } from "./kafka-client.js";
import type { KafkaConnection } from "./kafka-connection.js";
import { problemOf, refusalOf, responseOf } from "./kafka-errors.js";
import { isTopicName, type KafkaTopics } from "./kafka-topics.js";
import { toRecord, type Writable } from "./kafka-wire.js";
import { partitionOf } from "./partition-of.js";
import { outcomeOf } from "./produce-outcome.js";
import { batchesOf, type ProduceResponse, produce, type Sent } from "./produce-request.js";
import { type Outgoing, PublishCall } from "./publish-call.js";
import type { PublishLane } from "./publish-lane.js";
import { PublishRoute } from "./publish-route.js";

export interface WrittenMessage {
  readonly id: string;
  readonly topic: string;
  readonly wire: Writable;
}

const wait = { baseMs: 100, maxMs: 1_000 };

/**
 * Sends messages, each partition's in their order, one request at a time to each server: what comes meanwhile is the next
 * batch. A batch is sent unchanged, under the same sequence numbers, until it is known what became of it: so it is there
 * once, also where an answer was lost or another server leads the partition by then.
 *
 * The driver's own `send()` does that only while nothing fails: it sends all partitions of a request to the server that
 * leads the first of them by then, for as long as it takes, and numbers anew what it gave up.
 */
export class KafkaPublisher {
  readonly #connection: KafkaConnection;
  readonly #topics: KafkaTopics;
  readonly #settings: KafkaSettings;
  readonly #routes = new Map<string, PublishRoute>();
  readonly #calls = new Set<PublishCall>();
  /** Servers that have not answered yet, and lanes that wait for their answer. */
  readonly #busyServers = new Set<number>();
  readonly #busyLanes = new Set<PublishLane>();
  readonly #failures = new Map<number, number>();
  readonly #stop = new AbortController();
  #identity: Promise<KafkaProducerIdentity> | undefined;
  #isScheduled = false;
  #pending = 0;
  /** Why nothing gets through right now. */
  #trouble: unknown;

  constructor(connection: KafkaConnection, topics: KafkaTopics, settings: KafkaSettings) {
    this.#connection = connection;
    this.#topics = topics;
    this.#settings = settings;
  }

  async publish(messages: readonly WrittenMessage[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { length } = messages;
    if (length === 0) return;
    const { maxPending, publishTimeoutMs } = this.#settings;
    if (this.#trouble !== undefined && this.#pending + length > maxPending) {
      const problem = `${this.#pending} messages wait for it already, and maxPending is ${maxPending}`;
      throw new BrokerUnavailableError(problem, { cause: this.#trouble });
    }
    const call = new PublishCall(length);
    const timer = setTimeout(() => call.giveUp(this.#timeout()), publishTimeoutMs);
    const onAbort = () => call.giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#calls.add(call);
    this.#pending += length;
    try {
      this.#enter(messages, call);
      await call.arrived;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#calls.delete(call);
      this.#pending -= length;
      if (call.left > 0)
        for (const route of this.#routes.values()) route.remove((each) => each.call === call);
    }
  }

  /** Resolves when what was accepted has arrived or failed. */
  async close(): Promise<void> {
    await Promise.allSettled(Array.from(this.#calls, ({ arrived }) => arrived));
    this.#stop.abort();
  }

  #timeout(): BrokerUnavailableError {
    const { publishTimeoutMs, servers } = this.#settings;
    const reason = problemOf(this.#trouble ?? new Error("no answer"), { servers });
    const problem = `not within publishTimeoutMs, ${publishTimeoutMs} ms. ${reason}`;
    return new BrokerUnavailableError(problem, { cause: this.#trouble });
  }

  #enter(messages: readonly WrittenMessage[], call: PublishCall): void {
    for (const { id, topic, wire } of messages) {
      const message: Outgoing = { id, topic, key: wire.key, record: toRecord(wire), call };
      if (isTopicName(topic)) this.#routeOf(topic).add(message);
      else call.fail(message, new MessageRefusedError(id, `${JSON.stringify(topic)} is no name of a topic`));
    }
    this.#schedule();
  }

  #routeOf(topic: string): PublishRoute {
    let route = this.#routes.get(topic);
    if (route === undefined) {
      route = new PublishRoute(topic, partitionOf);
      this.#routes.set(topic, route);
    }
    return route;
  }

  /** What is published in the same turn goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#stop.signal.aborted) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#sendAll();
    });
  }

  #sendAll(): void {
    const byServer = new Map<number, PublishLane[]>();
    for (const route of this.#routes.values()) {
      if (route.isIdle) continue;
      if (route.needsLookUp) void this.#lookUp(route);
      for (const lane of route.ready(this.#busyLanes)) {
        const server = route.leaderOf(lane);
        if (this.#busyServers.has(server)) continue;
        const lanes = byServer.get(server);
        if (lanes === undefined) byServer.set(server, [lane]);
        else lanes.push(lane);
      }
    }
    for (const [server, lanes] of byServer) void this.#send(server, lanes);
  }

  async #lookUp(route: PublishRoute): Promise<void> {
    if (route.isLookedUp) return;
    route.isLookedUp = true;
    try {
      for (let failures = 1; !route.isIdle; failures++) {
        try {
          const producer = await this.#connection.producer();
          const { leaders } = await this.#topics.find(producer, route.topic, {
            signal: this.#stop.signal,
            wasThere: route.wasFound,
          });
          route.found(leaders);
          if (!route.needsLookUp) return;
        } catch (error) {
          this.#stop.signal.throwIfAborted();
          const final = error instanceof BrokerUnavailableError ? error : this.#refusalOf(error, route.topic);
          if (final !== undefined) return this.#failAll(route, final);
          this.#trouble = error;
        }
        await pause(backoff(failures, wait), this.#stop.signal);
      }
    } catch {
      // It was closed meanwhile.
    } finally {
      route.isLookedUp = false;
      this.#schedule();
    }
  }

  #refusalOf(error: unknown, topic?: string): unknown {
    const { servers, sasl } = this.#settings;
    return refusalOf(error, { servers, sasl, topic });
  }

  async #send(server: number, lanes: readonly PublishLane[]): Promise<void> {
    this.#busyServers.add(server);
    for (const lane of lanes) this.#busyLanes.add(lane);
    let sent: Sent[] = [];
    try {
      this.#identity ??= this.#newIdentity();
      sent = batchesOf(lanes, await this.#identity);
      this.#settle(sent, await produce(this.#connection, server, sent));
      this.#failures.delete(server);
      this.#trouble = undefined;
    } catch (error) {
      const response = responseOf(error) as ProduceResponse | undefined;
      const failures = (this.#failures.get(server) ?? 0) + 1;
      this.#failures.set(server, failures);
      if (response?.responses !== undefined && sent.length > 0) this.#settle(sent, response);
      else this.#suffer(error, lanes);
      await pause(backoff(failures, wait), this.#stop.signal).catch(() => {});
    } finally {
      this.#busyServers.delete(server);
      for (const lane of lanes) this.#busyLanes.delete(lane);
      this.#schedule();
    }
  }

  async #newIdentity(): Promise<KafkaProducerIdentity> {
    try {
      return await (await this.#connection.producer()).initIdempotentProducer({});
    } catch (error) {
      this.#identity = undefined;
      throw error;
    }
  }

  /** No answer came: the batches may have arrived or not. */
  #suffer(error: unknown, lanes: readonly PublishLane[]): void {
    const refusal = this.#refusalOf(error, lanes[0]?.topic);
    this.#trouble = error;
    for (const lane of lanes) {
      const route = this.#routeOf(lane.topic);
      if (refusal !== undefined) this.#failAll(route, refusal);
      else if (lane.isAbandoned) this.#dropUncertain(lane);
      route.needsLookUp = true;
    }
  }

  #settle(sent: readonly Sent[], { responses = [] }: ProduceResponse): void {
    for (const { name, partitionResponses } of responses) {
      for (const { index, errorCode, errorMessage } of partitionResponses) {
        const of = sent.find(({ lane }) => lane.topic === name && lane.partition === index);
        // What was dropped meanwhile is nobody's.
        if (of !== undefined && of.lane.batch === of.batch)
          this.#settleOne(of.lane, errorCode, errorMessage ?? `error code ${errorCode}`);
      }
    }
  }

  #settleOne(lane: PublishLane, errorCode: number, reason: string): void {
    const outcome = outcomeOf(errorCode);
    if (outcome === "arrived") {
      for (const { call } of lane.arrive()) call.arrive();
    } else if (typeof outcome === "object") this.#refuse(lane, outcome.refused);
    else if (outcome === "too-large") this.#refuse(lane, "it is larger than the topic's max.message.bytes");
    else if (outcome === "forbidden") {
      const apiId = errorCode === 29 ? "TOPIC_AUTHORIZATION_FAILED" : "CLUSTER_AUTHORIZATION_FAILED";
      this.#failAll(this.#routeOf(lane.topic), this.#refusalOf({ apiId, message: reason }, lane.topic));
    } else {
      this.#trouble = new Error(`partition ${lane.partition} of ${lane.topic}: ${reason}`);
      if (lane.isAbandoned) this.#dropUncertain(lane);
      else if (outcome === "unknown-sender") this.#renumber(lane);
      if (outcome === "look-up") this.#routeOf(lane.topic).needsLookUp = true;
    }
  }

  /** Finds the one message that is at fault, and fails those behind it that belong to its key. */
  #refuse(lane: PublishLane, problem: string): void {
    if ((lane.batch?.messages.length ?? 0) > 1) return lane.split();
    const [refused] = lane.drop();
    if (refused === undefined) return;
    const { id, key, call } = refused;
    call.fail(refused, new MessageRefusedError(id, problem));
    if (key === undefined) return;
    const behind = `it was not sent, for ${id}, which comes before it and has the same key, is refused`;
    for (const each of lane.remove((other) => other.call === call && other.key === key))
      call.fail(each, new BrokerUnavailableError(behind));
  }

  #renumber(lane: PublishLane): void {
    this.#identity = undefined;
    lane.forgetSender();
  }

  /** It may be there, and nobody waits for it: what comes next must not be taken for it. */
  #dropUncertain(lane: PublishLane): void {
    lane.drop();
    this.#identity = undefined;
  }

  #failAll(route: PublishRoute, error: unknown): void {
    for (const message of route.clear()) message.call.fail(message, error);
    this.#identity = undefined;
  }
}
