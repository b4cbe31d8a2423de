import type { MessageBroker } from "sluice";
import type { QueueRows, QueueStore } from "sluice/outbox";

/** Where a relay may die, in the order in which it comes there. */
export const crashPoints = [
  "after claim",
  "before publish",
  "within publish",
  "after publish",
  "after complete",
] as const;

type CrashPoint = (typeof crashPoints)[number];

export interface Crash {
  readonly point: CrashPoint;
  /** Dies when it comes there for the n-th time. */
  readonly time: number;
}

/** The same broker and rows, but the process dies at a point: by SIGKILL of itself, with no last word. */
export function crashingAt<B extends MessageBroker>(
  crash: Crash,
  queue: QueueStore,
  broker: B,
): MessageBroker {
  let times = 0;
  const at = (point: CrashPoint) => {
    if (crash.point === point && ++times === crash.time) process.kill(process.pid, "SIGKILL");
  };
  const rows = queue.rows as { -readonly [Method in keyof QueueRows]: QueueRows[Method] };
  const { claim, complete } = rows;
  rows.claim = async (wanted) => {
    const found = await claim.call(rows, wanted);
    if (found.length > 0) at("after claim");
    return found;
  };
  rows.complete = async (leases, ids) => {
    const changed = await complete.call(rows, leases, ids);
    at("after complete");
    return changed;
  };
  return {
    async publish(messages, options) {
      at("before publish");
      const half = messages.slice(0, Math.ceil(messages.length / 2));
      if (crash.point === "within publish") {
        await broker.publish(half, options);
        at("within publish");
        await broker.publish(messages.slice(half.length), options);
      } else await broker.publish(messages, options);
      at("after publish");
    },
    close: () => broker.close(),
  };
}
