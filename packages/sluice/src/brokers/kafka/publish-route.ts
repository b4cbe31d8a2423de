import type { Outgoing } from "./publish-call.js";
import { PublishLane } from "./publish-lane.js";

/** How many messages without a key go to one partition before the next one has its turn. */
const run = 100;

/** What is on its way to a topic: until its partitions are known it waits here, then in the lane of its partition. */
export class PublishRoute {
  /** Whether its leaders are unknown, or out of date. */
  needsLookUp = true;
  isLookedUp = false;
  readonly #partitionOf: (key: Uint8Array, partitions: number) => number;
  readonly #lanes = new Map<number, PublishLane>();
  readonly #active = new Set<PublishLane>();
  #leaders: readonly number[] = [];
  #waiting: Outgoing[] = [];
  #keyless = 0;

  constructor(
    readonly topic: string,
    partitionOf: (key: Uint8Array, partitions: number) => number,
  ) {
    this.#partitionOf = partitionOf;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#active.size === 0;
  }

  get wasFound(): boolean {
    return this.#leaders.length > 0;
  }

  add(message: Outgoing): void {
    const { length } = this.#leaders;
    if (length === 0) {
      this.#waiting.push(message);
      return;
    }
    const { key } = message.record;
    const partition =
      key === undefined ? Math.floor(this.#keyless++ / run) % length : this.#partitionOf(key, length);
    const lane = this.#laneOf(partition);
    lane.add(message);
    this.#active.add(lane);
  }

  #laneOf(partition: number): PublishLane {
    let lane = this.#lanes.get(partition);
    if (lane === undefined) {
      lane = new PublishLane(this.topic, partition);
      this.#lanes.set(partition, lane);
    }
    return lane;
  }

  found(leaders: readonly number[]): void {
    this.#leaders = leaders;
    this.needsLookUp = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) this.add(message);
    for (const lane of this.#active) if (this.leaderOf(lane) < 0) this.needsLookUp = true;
  }

  leaderOf({ partition }: PublishLane): number {
    return this.#leaders[partition] ?? -1;
  }

  /** The lanes with something to send to a leader. */
  *ready(busy: ReadonlySet<PublishLane>): Generator<PublishLane> {
    if (this.needsLookUp) return;
    for (const lane of this.#active) {
      if (busy.has(lane)) continue;
      if (lane.isEmpty) this.#active.delete(lane);
      else if (this.leaderOf(lane) >= 0) yield lane;
      else this.needsLookUp = true;
    }
  }

  /** Takes out what waits, and is not under way. */
  remove(which: (message: Outgoing) => boolean): void {
    this.#waiting = this.#waiting.filter((message) => !which(message));
    for (const lane of this.#active) lane.remove(which);
  }

  /** Takes out everything. */
  clear(): Outgoing[] {
    const all = [...this.#waiting];
    this.#waiting = [];
    for (const lane of this.#active) all.push(...(lane.batch ? lane.drop() : []), ...lane.remove(() => true));
    this.#active.clear();
    return all;
  }
}
