import { setTimeout } from "node:timers/promises";
import type { Outbox } from "sluice/outbox";

/** Longer than a lease, so that what a killed run has left is taken over meanwhile. */
const patienceMs = 5_000;

/**
 * Waits until everything that is in an outbox now has been published, by whichever relay, or until nothing has been for
 * five seconds. Gives how many events are left then; what others have added since does not count, unless it gave up.
 */
export async function drain(outbox: Outbox): Promise<number> {
  const startedAt = Date.now();
  let seen = 0;
  let giveUpAt = performance.now() + patienceMs;
  outbox.committed(); // the relay looks at once for what other connections have added
  while (performance.now() < giveUpAt) {
    const [oldest] = await outbox.queue.desk.list({ state: "pending", limit: 1 });
    if (oldest === undefined || oldest.createdAt.getTime() > startedAt) return 0;
    if (oldest.id !== seen) giveUpAt = performance.now() + patienceMs;
    seen = oldest.id;
    await setTimeout(2);
  }
  return outbox.queue.desk.count({ state: "pending" });
}
