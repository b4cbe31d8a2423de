import type { Deliveries } from "./deliveries.js";
import type { Outcome } from "./delivery.js";
import type { DeliveryScope } from "./delivery-scope.js";
import type { WireReceivedMessage } from "./received-message.js";

/** A subscriber of a group. */
export interface MemoryMember {
  readonly deliveries: Deliveries;
  readonly scope: DeliveryScope;
}

/** A consumer group within the process: it keeps messages for its members, and each message goes to one of them. */
export class MemoryGroup {
  readonly #members = new Set<MemoryMember>();
  /** What no member has, by its place in the order of publishing. */
  #backlog = new Map<number, WireReceivedMessage>();
  #published = 0;
  /** Who has messages of a key, and how many: the next one goes there too, so that the key keeps its order. */
  readonly #owners = new Map<string, { readonly member: MemoryMember; count: number }>();

  add(message: WireReceivedMessage): void {
    this.#backlog.set(this.#published++, message);
    this.#handOut();
  }

  join(member: MemoryMember): void {
    this.#members.add(member);
    this.#handOut();
  }

  leave(member: MemoryMember): void {
    this.#members.delete(member);
  }

  /** Resolves when its members have handled all that is here; at once where it has none. */
  async idle(): Promise<void> {
    for (;;) {
      const busy = Array.from(this.#members, ({ deliveries }) => deliveries.idle());
      if (busy.every((each) => each === undefined)) return;
      await Promise.all(busy);
    }
  }

  #handOut(): void {
    for (const [place, message] of this.#backlog) {
      const freest = this.#freest();
      if (freest === undefined) return;
      const owner = message.key === undefined ? undefined : this.#owners.get(message.key);
      const member = owner?.member ?? freest;
      if (member.deliveries.free <= 0 || !this.#members.has(member)) continue;
      this.#backlog.delete(place);
      if (owner !== undefined) owner.count++;
      else if (message.key !== undefined) this.#owners.set(message.key, { member, count: 1 });
      member.scope.add(message, (outcome, nextAttempt) => {
        this.#settle(place, message, outcome, nextAttempt);
      });
    }
  }

  #freest(): MemoryMember | undefined {
    let freest: MemoryMember | undefined;
    for (const member of this.#members) {
      if (member.deliveries.free > (freest?.deliveries.free ?? 0)) freest = member;
    }
    return freest;
  }

  #settle(place: number, message: WireReceivedMessage, outcome: Outcome, nextAttempt: number): void {
    const owner = message.key === undefined ? undefined : this.#owners.get(message.key);
    if (owner !== undefined && --owner.count === 0) this.#owners.delete(message.key as string);
    if (outcome === "released") {
      // Whoever was given it may still hold it, and is not to see it change.
      this.#backlog.set(place, message.onTry(nextAttempt));
      this.#backlog = new Map([...this.#backlog].sort(([a], [b]) => a - b));
    }
    this.#handOut();
  }
}
