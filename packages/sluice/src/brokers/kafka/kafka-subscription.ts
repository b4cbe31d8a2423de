import type { Logger } from "../../handlers/logger.js";
import { pause } from "../../middleware/pause.js";
import { backoff } from "../../resilience/backoff.js";
import { Deliveries } from "../deliveries.js";
import type { SubscribeSettings, Subscription } from "../subscribe-options.js";
import type { KafkaSettings } from "./kafka-broker-options.js";
import type { KafkaAssignment, KafkaConsumer } from "./kafka-client.js";
import type { KafkaConnection } from "./kafka-connection.js";
import { KafkaFetches } from "./kafka-fetches.js";
import { consumerOptions, type GroupPosition, KafkaGroup } from "./kafka-group.js";
import { KafkaPartition } from "./kafka-partition.js";
import { noteTries } from "./note-tries.js";
import { OffsetCommits } from "./offset-commits.js";
import { startOffsets } from "./start-offsets.js";

interface KafkaSubscriptionOptions {
  readonly connection: KafkaConnection;
  readonly settings: KafkaSettings;
  readonly subscribe: SubscribeSettings;
  /** How many partitions each topic has. */
  readonly topics: ReadonlyMap<string, number>;
  readonly onClose: (subscription: KafkaSubscription) => void;
}

/** How many messages of one partition are handed over before the next one has its turn. */
const run = 32;
const wait = { baseMs: 100, maxMs: 5_000 };
/** How long the last commit before partitions are given up is tried. */
const commitPatienceMs = 2_000;
const closePatienceMs = 5_000;

/** Reads partitions: those that its group gives it, or all of its topics where it has no group. */
export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  readonly #logger: Logger;
  readonly #deliveries: Deliveries;
  readonly #partitions = new Map<string, KafkaPartition>();
  readonly #stop = new AbortController();
  readonly #group: KafkaGroup | undefined;
  readonly #commits: OffsetCommits | undefined;
  #reader: KafkaConsumer | undefined;
  #fetches: KafkaFetches | undefined;
  #beginning: Promise<void> = Promise.resolve();
  #isHandingOver = false;
  #waitsForRoom = false;
  #closing: Promise<void> | undefined;

  constructor(options: KafkaSubscriptionOptions) {
    this.#options = options;
    const { connection, settings, subscribe, topics } = options;
    const { logger, commitIntervalMs } = settings;
    const { group } = subscribe;
    this.#logger = logger;
    const onMessage = noteTries(subscribe.onMessage, ({ partition: name }) => {
      const partition = this.#partitions.get(name);
      if (partition !== undefined) this.#commits?.change(partition);
    });
    this.#deliveries = new Deliveries({ ...subscribe, onMessage }, { logger });
    if (group === undefined) return;
    this.#group = new KafkaGroup({
      connection,
      settings,
      group,
      topics: [...topics.keys()],
      logger,
      onRevoked: (kept) => this.#giveUp(kept),
      onAssigned: (assigned) => {
        this.#beginning = this.#take(assigned);
      },
      onLost: () => void this.#lose(),
    });
    const commit = this.#group.commit.bind(this.#group);
    this.#commits = new OffsetCommits({ commit, intervalMs: commitIntervalMs, logger });
  }

  /** Resolves when the subscription stands. */
  async start(): Promise<void> {
    const { connection, settings, subscribe, topics } = this.#options;
    const group = subscribe.group ?? `sluice-${crypto.randomUUID()}`;
    // Fetching waits at the server, and would keep a member's heartbeats waiting behind it.
    const reader = await connection.consumer(consumerOptions(group, settings));
    this.#reader = reader;
    reader.on("error", (error: unknown) =>
      this.#logger.warn({ error }, "A Kafka consumer reports an error."),
    );
    for (const topic of topics.keys()) reader.topics.track(topic);
    this.#fetches = new KafkaFetches({
      consumer: reader,
      topics: [...topics.keys()],
      logger: this.#logger,
      onFetched: () => this.#handOver(),
    });
    if (this.#group !== undefined) await this.#group.join();
    else {
      const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
      const all = Array.from(topics, ([topic, count]) => ({ topic, partitions: numbers(count) }));
      this.#beginning = this.#take(all);
    }
    await this.#beginning;
  }

  /** Begins with the partitions among these that it does not have yet. */
  async #take(assigned: readonly KafkaAssignment[]): Promise<void> {
    const isNew = (topic: string, index: number) => !this.#partitions.has(`${topic}:${index}`);
    const added = assigned
      .map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter((each) => isNew(topic, each)),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    if (added.length === 0 || this.#stop.signal.aborted) return;
    const taken = added.flatMap(({ topic, partitions }) =>
      partitions.map((index) => new KafkaPartition(topic, index, this.#deliveries.scope())),
    );
    for (const partition of taken) this.#partitions.set(partition.name, partition);
    for (let failures = 1; ; failures++) {
      try {
        return await this.#begin(added, taken);
      } catch (error) {
        if (this.#stop.signal.aborted || taken.every(({ isClosed }) => isClosed)) return;
        this.#logger.warn({ partitions: added, error }, "Offsets could not be read; it is tried again.");
      }
      await pause(backoff(failures, wait), this.#stop.signal).catch(() => {});
    }
  }

  async #begin(added: readonly KafkaAssignment[], taken: readonly KafkaPartition[]): Promise<void> {
    const { startAt } = this.#options.subscribe;
    const consumer = this.#group?.consumer ?? (this.#reader as KafkaConsumer);
    const positions = (await this.#group?.positions(added)) ?? new Map<string, GroupPosition>();
    for (const { topic, partitions } of added) {
      const without = partitions.filter((index) => !positions.has(`${topic}:${index}`));
      if (without.length === 0) continue;
      for (const [index, offset] of await startOffsets(consumer, topic, without, startAt))
        positions.set(`${topic}:${index}`, { offset, state: { unfinished: [], horizon: offset } });
    }
    for (const partition of taken) {
      if (partition.isClosed) continue;
      const { offset, state } = positions.get(partition.name) as GroupPosition;
      partition.begin(offset, state);
      this.#fetches?.add(partition);
      // A group that begins with the next message keeps that place, also when its members go before any came.
      this.#commits?.change(partition);
    }
  }

  /** Lets go of the partitions that are not kept: waits for what is being handled, and commits what is done. */
  async #giveUp(kept: readonly KafkaAssignment[]): Promise<void> {
    const isKept = ({ topic, index }: KafkaPartition) =>
      kept.some((each) => each.topic === topic && each.partitions.includes(index));
    const revoked = [...this.#partitions.values()].filter((partition) => !isKept(partition));
    const { closeTimeoutMs } = this.#options.subscribe;
    // No sign of life is sent meanwhile.
    const patienceMs = Math.min(closeTimeoutMs, this.#options.settings.sessionTimeoutMs / 2);
    await this.#leave(revoked, patienceMs);
  }

  async #lose(): Promise<void> {
    await this.#leave([...this.#partitions.values()], 0, false);
  }

  async #leave(partitions: readonly KafkaPartition[], patienceMs: number, commits = true): Promise<void> {
    if (partitions.length === 0) return;
    for (const partition of partitions) {
      partition.isClosed = true;
      this.#fetches?.remove(partition);
    }
    await Promise.all(partitions.map(({ scope }) => scope.close(patienceMs)));
    if (commits) await this.#commits?.flush(partitions, commitPatienceMs);
    for (const partition of partitions) {
      this.#commits?.forget(partition);
      if (this.#partitions.get(partition.name) === partition) this.#partitions.delete(partition.name);
    }
  }

  /** Hands over what was fetched, from each partition in turn, until `prefetch` is reached. */
  #handOver(): void {
    // A subscriber that answers at once gets here from within: the loop below goes on with what there is by then.
    if (this.#isHandingOver || this.#stop.signal.aborted) return;
    this.#isHandingOver = true;
    for (let handedOver = 1; handedOver > 0 && this.#deliveries.free > 0; ) {
      handedOver = 0;
      for (const partition of this.#partitions.values())
        if (partition.hasMore && !partition.isClosed) handedOver += this.#handOverSome(partition);
    }
    this.#isHandingOver = false;
    this.#fetches?.wake();
    const room = this.#deliveries.room();
    if (room === undefined || this.#waitsForRoom) return;
    this.#waitsForRoom = true;
    void room.then(() => {
      this.#waitsForRoom = false;
      this.#handOver();
    });
  }

  #handOverSome(partition: KafkaPartition): number {
    let count = 0;
    for (; count < run && this.#deliveries.free > 0; count++) {
      const message = partition.take(this.#options.settings.wire);
      if (message === undefined) break;
      partition.scope.add(message, (outcome) => {
        if (outcome !== "done") return;
        partition.tracker?.finish(message.offset);
        this.#commits?.change(partition);
      });
    }
    return count;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#options.onClose(this);
    this.#stop.abort();
    this.#fetches?.stop();
    await this.#deliveries.close();
    const partitions = [...this.#partitions.values()];
    for (const partition of partitions) partition.isClosed = true;
    if (partitions.length > 0) await this.#commits?.flush(partitions, commitPatienceMs);
    this.#commits?.stop();
    const patience = new AbortController();
    const closes = Promise.allSettled([this.#group?.close(), this.#reader?.close(true)]);
    await Promise.race([closes, pause(closePatienceMs, patience.signal).catch(() => {})]);
    patience.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
