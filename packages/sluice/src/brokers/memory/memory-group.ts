import type { Deliveries } from "../deliveries.js";
import type { Outcome } from "../delivery.js";
import type { DeliveryScope } from "../delivery-scope.js";
import type { WireReceivedMessage } from "../received-message.js";
import { type BacklogEntry, MemoryBacklog } from "./memory-backlog.js";

/** A subscriber of a group. */
export interface MemoryMember {
  readonly deliveries: Deliveries;
  readonly scope: DeliveryScope;
}

/** A consumer group within the process: it keeps messages for its members, and each message goes to one of them. */
export class MemoryGroup {
  readonly #members = new Set<MemoryMember>();
  readonly #backlog = new MemoryBacklog();
  #published = 0;
  #isHandingOut = false;
  /** Who has messages of a key, and how many: the next one goes there too, so that the key keeps its order. */
  readonly #owners = new Map<string, { readonly member: MemoryMember; count: number }>();

  add(message: WireReceivedMessage): void {
    this.#backlog.add({ place: this.#published++, message });
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
    // A member that is done at once gets here from within: the loop below goes on with what there is by then.
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { entry, member } = next;
      member.scope.add(entry.message, (outcome, nextAttempt) => this.#settle(entry, outcome, nextAttempt));
    }
    this.#isHandingOut = false;
  }

  /** Takes the first message that somebody has room for, and says who. */
  #next(): { readonly entry: BacklogEntry; readonly member: MemoryMember } | undefined {
    let next: { readonly entry: BacklogEntry; readonly member: MemoryMember } | undefined;
    const freest = this.#freest();
    if (freest === undefined) return undefined;
    this.#backlog.takeFirst((entry) => {
      const { key } = entry.message;
      const owner = key === undefined ? undefined : this.#owners.get(key);
      const member = owner?.member ?? freest;
      if (member.deliveries.free <= 0 || !this.#members.has(member)) return false;
      if (owner !== undefined) owner.count++;
      else if (key !== undefined) this.#owners.set(key, { member, count: 1 });
      next = { entry, member };
      return true;
    });
    return next;
  }

  #freest(): MemoryMember | undefined {
    let freest: MemoryMember | undefined;
    for (const member of this.#members) {
      if (member.deliveries.free > (freest?.deliveries.free ?? 0)) freest = member;
    }
    return freest;
  }

  #settle({ place, message }: BacklogEntry, outcome: Outcome, nextAttempt: number): void {
    const owner = message.key === undefined ? undefined : this.#owners.get(message.key);
    if (owner !== undefined && --owner.count === 0) this.#owners.delete(message.key as string);
    // Whoever was given it may still hold it, and is not to see it change.
    if (outcome === "released") this.#backlog.putBack({ place, message: message.onTry(nextAttempt) });
    this.#handOut();
  }
}
