import type { Logger } from "../../handlers/logger.js";
import { pause } from "../../middleware/pause.js";
import { backoff } from "../../resilience/backoff.js";
import type { KafkaConsumer, KafkaFetched, KafkaMetadata } from "./kafka-client.js";
import { responseOf } from "./kafka-errors.js";
import type { KafkaPartition } from "./kafka-partition.js";
import { startOffsets } from "./start-offsets.js";

interface KafkaFetchesOptions {
  readonly consumer: KafkaConsumer;
  readonly topics: readonly string[];
  readonly logger: Logger;
  /** Called when there is something to hand over. */
  readonly onFetched: () => void;
}

/** A message that is larger comes all the same, alone. */
const maxBytesOfPartition = 1_048_576;
/** So much has to come within `idleTimeoutMs`. */
const maxBytes = 4_194_304;
/**
 * How long a server waits for messages: long where all its partitions wait, else so that none waits for another. Always
 * shorter than the shortest `idleTimeoutMs`.
 */
const longWaitMs = 500;
const shortWaitMs = 50;
const wait = { baseMs: 100, maxMs: 5_000 };
const offsetOutOfRange = 1;

/** Fetches messages for the partitions of a subscription: one request at a time to each server that leads some of them. */
export class KafkaFetches {
  readonly #options: KafkaFetchesOptions;
  readonly #partitions = new Map<string, KafkaPartition>();
  readonly #busy = new Set<number>();
  readonly #stop = new AbortController();
  #isLookingUp = false;
  #needsLookUp = true;
  #metadata: KafkaMetadata | undefined;
  #failures = 0;

  constructor(options: KafkaFetchesOptions) {
    this.#options = options;
  }

  add(partition: KafkaPartition): void {
    this.#partitions.set(partition.name, partition);
    this.wake();
  }

  remove({ name }: KafkaPartition): void {
    this.#partitions.delete(name);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** To be called when something has been handed over. */
  wake(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#needsLookUp) return void this.#lookUp();
    const byServer = new Map<number, KafkaPartition[]>();
    for (const partition of this.#partitions.values()) {
      const server = this.#leaderOf(partition);
      if (server < 0) this.#needsLookUp = true;
      else if (this.#busy.has(server) || !partition.isWanted) continue;
      else if (byServer.get(server)?.push(partition) === undefined) byServer.set(server, [partition]);
    }
    for (const [server, partitions] of byServer) void this.#fetch(server, partitions);
    if (this.#needsLookUp) void this.#lookUp();
  }

  #leaderOf({ topic, index }: KafkaPartition): number {
    return this.#metadata?.topics.get(topic)?.partitions[index]?.leader ?? -1;
  }

  async #lookUp(): Promise<void> {
    if (this.#isLookingUp || this.#partitions.size === 0) return;
    this.#isLookingUp = true;
    try {
      while (this.#needsLookUp) {
        try {
          const { consumer, topics } = this.#options;
          const options = { topics: [...topics], forceUpdate: true, retries: 0 };
          this.#metadata = await consumer.metadata(options);
          this.#needsLookUp = [...this.#partitions.values()].some((each) => this.#leaderOf(each) < 0);
          if (!this.#needsLookUp) break;
        } catch (error) {
          this.#report(error);
        }
        await this.#pause();
      }
    } catch {
      return;
    } finally {
      this.#isLookingUp = false;
    }
    this.wake();
  }

  async #fetch(server: number, partitions: readonly KafkaPartition[]): Promise<void> {
    this.#busy.add(server);
    const requested = new Map(partitions.map((partition) => [partition, partition.position]));
    try {
      const answer = await this.#ask(server, partitions);
      this.#failures = 0;
      await this.#receive(answer, requested);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#needsLookUp = true;
      const answer = responseOf(error) as KafkaFetched | undefined;
      // One partition's error comes with what the others have.
      if (answer?.responses === undefined) this.#report(error);
      else await this.#receive(answer, requested).catch((failure) => this.#report(failure));
      await this.#pause().catch(() => {});
    } finally {
      this.#busy.delete(server);
    }
    this.#options.onFetched();
    this.wake();
  }

  #ask(server: number, partitions: readonly KafkaPartition[]): Promise<KafkaFetched> {
    const topics = new Map<string, KafkaPartition[]>();
    for (const partition of partitions) {
      const id = this.#metadata?.topics.get(partition.topic)?.id ?? "";
      if (topics.get(id)?.push(partition) === undefined) topics.set(id, [partition]);
    }
    let isAll = true;
    for (const each of this.#partitions.values())
      if (this.#leaderOf(each) === server && !each.isWanted) isAll = false;
    return this.#options.consumer.fetch({
      node: server,
      maxWaitTime: isAll ? longWaitMs : shortWaitMs,
      minBytes: 1,
      maxBytes,
      topics: Array.from(topics, ([topicId, of]) => ({
        topicId,
        partitions: of.map(({ index, position }) => ({
          partition: index,
          fetchOffset: BigInt(position),
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
          partitionMaxBytes: maxBytesOfPartition,
        })),
      })),
    });
  }

  async #receive({ responses }: KafkaFetched, requested: ReadonlyMap<KafkaPartition, number>): Promise<void> {
    const names = new Map<string, string>();
    for (const [name, topic] of this.#metadata?.topics ?? []) if (topic) names.set(topic.id, name);
    for (const { topicId, partitions } of responses) {
      for (const { partitionIndex, errorCode, records } of partitions) {
        const partition = this.#partitions.get(`${names.get(topicId)}:${partitionIndex}`);
        // It may have been given up meanwhile, or given up and given back.
        if (partition === undefined || partition.position !== requested.get(partition)) continue;
        if (errorCode === offsetOutOfRange) await this.#move(partition);
        else if (errorCode === 0 && records) partition.receive(records);
      }
    }
  }

  /** The cluster has deleted what lies at the position, or lost it with a server that had not passed it on. */
  async #move(partition: KafkaPartition): Promise<void> {
    const { topic, index, position } = partition;
    const { consumer, logger } = this.#options;
    const at = async (startAt: "earliest" | "latest") =>
      (await startOffsets(consumer, topic, [index], startAt)).get(index) as number;
    const earliest = await at("earliest");
    const offset = position < earliest ? earliest : Math.min(position, await at("latest"));
    const what = `Partition ${index} of ${topic} has no offset ${position} any more; reading goes on at ${offset}.`;
    logger.error({ topic, partition: index, position, offset }, what);
    partition.moveTo(offset);
  }

  #report(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { topics, logger } = this.#options;
    logger.warn({ topics, error }, `Fetching from ${topics} failed; it is tried again.`);
  }

  #pause(): Promise<void> {
    return pause(backoff(++this.#failures, wait), this.#stop.signal);
  }
}
