import type { Logger } from "../../handlers/logger.js";
import { hasApiId } from "./kafka-errors.js";
import type { CommittedOffset } from "./kafka-group.js";
import type { KafkaPartition } from "./kafka-partition.js";
import { encodeOffsetState } from "./offset-state.js";

interface OffsetCommitsOptions {
  readonly commit: (offsets: readonly CommittedOffset[]) => Promise<void>;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** As many characters of metadata as a cluster takes unless it was told otherwise: `offset.metadata.max.bytes`. */
const maxMetadata = 4_096;

/** Commits how far a group is: at once when there is news, and again after a while when there is more. */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions;
  readonly #changed = new Set<KafkaPartition>();
  readonly #committed = new Map<KafkaPartition, string>();
  readonly #forgotten = new WeakSet<KafkaPartition>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<boolean> = Promise.resolve(true);
  #maxMetadata = maxMetadata;
  #isFailing = false;
  #isStopped = false;

  constructor(options: OffsetCommitsOptions) {
    this.#options = options;
  }

  change(partition: KafkaPartition): void {
    if (this.#isStopped || this.#forgotten.has(partition)) return;
    this.#changed.add(partition);
    if (this.#timer === undefined) this.#schedule(0);
  }

  #schedule(afterMs: number): void {
    this.#timer = setTimeout(async () => {
      if (this.#changed.size === 0) {
        this.#timer = undefined;
        return;
      }
      await this.#commit();
      if (!this.#isStopped) this.#schedule(this.#options.intervalMs);
    }, afterMs);
  }

  /** Commits what these partitions have now; tries for a while, as the coordinator may be busy with a rebalance. */
  async flush(partitions: Iterable<KafkaPartition>, patienceMs: number): Promise<void> {
    for (const partition of partitions) this.#changed.add(partition);
    const end = Date.now() + patienceMs;
    while (!(await this.#commit()) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Its offset is none of this member's business any more. */
  forget(partition: KafkaPartition): void {
    this.#changed.delete(partition);
    this.#committed.delete(partition);
    this.#forgotten.add(partition);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** One at a time, so that no older offset comes after a newer one. Gives whether all that has changed is committed. */
  #commit(): Promise<boolean> {
    this.#running = this.#running.then(() => this.#commitOnce());
    return this.#running;
  }

  async #commitOnce(): Promise<boolean> {
    const written = new Map<KafkaPartition, CommittedOffset>();
    for (const partition of this.#changed) {
      const { tracker, topic, index } = partition;
      if (tracker === undefined) continue;
      const metadata = encodeOffsetState(tracker.state, this.#maxMetadata);
      const offset = { topic, partition: index, offset: tracker.offset, metadata };
      if (this.#committed.get(partition) !== textOf(offset)) written.set(partition, offset);
    }
    const changed = [...this.#changed];
    this.#changed.clear();
    if (written.size === 0) return true;
    try {
      await this.#options.commit([...written.values()]);
      for (const [partition, offset] of written) this.#committed.set(partition, textOf(offset));
      this.#isFailing = false;
      return true;
    } catch (error) {
      for (const partition of changed) if (!this.#forgotten.has(partition)) this.#changed.add(partition);
      this.#suffer(error);
      return false;
    }
  }

  #suffer(error: unknown): void {
    if (hasApiId(error, "OFFSET_METADATA_TOO_LARGE")) this.#maxMetadata = Math.floor(this.#maxMetadata / 2);
    // The next generation of the group takes it.
    if (this.#isFailing || hasApiId(error, "REBALANCE_IN_PROGRESS")) return;
    this.#isFailing = true;
    this.#options.logger.warn({ error }, "Offsets could not be committed; it is tried again.");
  }
}

function textOf({ offset, metadata }: CommittedOffset): string {
  return `${offset} ${metadata}`;
}
