import type { Logger } from "../../handlers/logger.js";
import { pause } from "../../middleware/pause.js";
import { backoff } from "../../resilience/backoff.js";
import type { KafkaSettings } from "./kafka-broker-options.js";
import type { KafkaAssignment, KafkaConsumer, KafkaConsumerOptions } from "./kafka-client.js";
import type { KafkaConnection } from "./kafka-connection.js";
import { kafkaError } from "./kafka-errors.js";
import { decodeOffsetState, type OffsetState } from "./offset-state.js";

interface KafkaGroupOptions {
  readonly connection: KafkaConnection;
  readonly settings: KafkaSettings;
  readonly group: string;
  readonly topics: readonly string[];
  readonly logger: Logger;
  /** Called with all partitions that the member keeps; the group waits until it resolves. */
  readonly onRevoked: (kept: readonly KafkaAssignment[]) => Promise<void>;
  /** Called with all partitions that the member has from now on. */
  readonly onAssigned: (assigned: readonly KafkaAssignment[]) => void;
  /** Called when nobody may count on this member any more: others have its partitions, or will soon. */
  readonly onLost: () => void;
}

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** Where a group is in a partition; nothing where it has committed nothing yet. */
export interface GroupPosition {
  readonly offset: number;
  readonly state: OffsetState;
}

interface OffsetFetchTopic {
  readonly name: string;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly committedOffset: bigint;
    readonly metadata: string | null;
  }[];
}

const wait = { baseMs: 200, maxMs: 5_000 };

type Timeouts = Pick<KafkaSettings, "sessionTimeoutMs" | "idleTimeoutMs">;
const rebalanceTimeoutOf = ({ sessionTimeoutMs }: Timeouts) => Math.max(sessionTimeoutMs, 25_000);
const stallTimeoutOf = ({ sessionTimeoutMs, idleTimeoutMs }: Timeouts) =>
  Math.min(sessionTimeoutMs, idleTimeoutMs);

/** How a subscription's consumers are set. */
export function consumerOptions(
  groupId: string,
  timeouts: Timeouts,
): Omit<KafkaConsumerOptions, "protocolsMetadata"> {
  const { sessionTimeoutMs, idleTimeoutMs } = timeouts;
  return {
    groupId,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutOf(timeouts),
    requestTimeout: idleTimeoutMs,
    heartbeatInterval: Math.min(1_000, Math.floor(sessionTimeoutMs / 3)),
    heartbeatStallTimeout: stallTimeoutOf(timeouts),
    protocols: [{ name: "cooperative-sticky", version: 3 }],
    retries: 3,
    retryDelay: 200,
    metadataMaxAge: 30_000,
    autocommit: false,
  };
}

/**
 * Membership in a consumer group. The group divides its partitions by cooperative-sticky: at a rebalance only those that
 * move are given up, and they move when their old owner has let go of them.
 *
 * The driver asks for the metadata of a member's subscription each time before it joins, and waits for it. That is the
 * moment to finish with what was revoked: until it has joined, nobody else is given those partitions.
 */
export class KafkaGroup {
  readonly #options: KafkaGroupOptions;
  readonly #stop = new AbortController();
  #consumer: KafkaConsumer | undefined;
  #isRejoining = false;
  #isLost = false;
  #losing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: KafkaGroupOptions) {
    this.#options = options;
  }

  get consumer(): KafkaConsumer {
    return this.#consumer as KafkaConsumer;
  }

  /** Resolves when it is a member, with or without partitions. */
  async join(): Promise<void> {
    const { connection, settings, group, topics, onAssigned } = this.#options;
    const consumer = await connection.consumer({
      ...consumerOptions(group, settings),
      // The answer to a join comes when all members have joined.
      requestTimeout: rebalanceTimeoutOf(settings) + 5_000,
      protocolsMetadata: async () => {
        await this.#options.onRevoked(consumer.assignments ?? []).catch((error) => this.#report(error));
        return Buffer.alloc(0);
      },
    });
    this.#consumer = consumer;
    for (const topic of topics) consumer.topics.track(topic);
    consumer.on("error", (error: unknown) => void this.#rejoin(error));
    const assign = () => {
      clearTimeout(this.#losing);
      this.#isLost = false;
      onAssigned(consumer.assignments ?? []);
    };
    consumer.on("consumer:group:join", assign);
    consumer.on("consumer:heartbeat:end", () => {
      clearTimeout(this.#losing);
      // It was only a pause: the group has kept its place.
      if (this.#isLost) assign();
    });
    consumer.on("consumer:heartbeat:stalled", () => this.#stall(consumer));
    await consumer.joinGroup({});
  }

  /** Heartbeats get no answer: over other connections they may, until the session is over. */
  #stall(consumer: KafkaConsumer): void {
    const { group, settings, onLost, logger } = this.#options;
    for (const [, { socket }] of consumer.connections) socket?.destroy();
    const leftMs = settings.sessionTimeoutMs - stallTimeoutOf(settings);
    this.#losing = setTimeout(() => {
      const what = `The cluster does not answer this member of ${group}; what it handles comes again, here or elsewhere.`;
      logger.warn({ group }, what);
      this.#isLost = true;
      onLost();
    }, leftMs);
  }

  async #rejoin(error: unknown): Promise<void> {
    this.#report(error);
    if (this.#isRejoining) return;
    this.#isRejoining = true;
    try {
      for (let failures = 1; ; failures++) {
        await pause(backoff(failures, wait), this.#stop.signal);
        try {
          return void (await this.consumer.joinGroup({}));
        } catch (failure) {
          this.#report(failure);
        }
      }
    } catch {
      // It was closed meanwhile.
    } finally {
      this.#isRejoining = false;
    }
  }

  async positions(assigned: readonly KafkaAssignment[]): Promise<Map<string, GroupPosition>> {
    const topics = assigned.map(({ topic, partitions }) => ({ name: topic, partitionIndexes: partitions }));
    const { memberId } = this.consumer;
    const asked = [{ groupId: this.#options.group, memberId, memberEpoch: -1, topics }];
    const answer = (await this.#ask("OffsetFetch", asked, false)) as {
      readonly groups?: readonly { readonly topics: readonly OffsetFetchTopic[] }[];
      readonly topics?: readonly OffsetFetchTopic[];
    };
    const found = new Map<string, GroupPosition>();
    // Old servers answer for one group only.
    for (const { name, partitions } of answer.groups?.flatMap((group) => group.topics) ??
      answer.topics ??
      []) {
      for (const { partitionIndex, committedOffset, metadata } of partitions) {
        const offset = Number(committedOffset);
        if (offset >= 0)
          found.set(`${name}:${partitionIndex}`, { offset, state: decodeOffsetState(offset, metadata) });
      }
    }
    return found;
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    const topics = new Map<string, object[]>();
    for (const { topic, partition, offset, metadata } of offsets) {
      const committed = {
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: metadata,
      };
      if (topics.get(topic)?.push(committed) === undefined) topics.set(topic, [committed]);
    }
    const { memberId, generationId } = this.consumer;
    const all = Array.from(topics, ([name, partitions]) => ({ name, partitions }));
    await this.#ask("OffsetCommit", this.#options.group, generationId, memberId, null, all);
  }

  async #ask(name: string, ...args: unknown[]): Promise<unknown> {
    const coordinator = await this.consumer.findGroupCoordinator();
    return this.#options.connection.call(this.consumer, coordinator, name, ...args);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#losing);
    await this.#consumer?.close(true);
  }

  #report(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { group, topics, settings, logger } = this.#options;
    const { servers, sasl } = settings;
    const reason = kafkaError(error, { servers, sasl, group, topic: topics.join(", ") });
    logger.warn({ group, topics, error: reason }, `Group ${group} is tried again.`);
  }
}
