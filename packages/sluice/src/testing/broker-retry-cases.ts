import type { Message } from "../brokers/message.js";
import { RetryLater } from "../brokers/retry-later.js";
import type { BrokerCase } from "./broker-case.js";
import { countedAttempts, delay, groups, order } from "./broker-needs.js";
import { expect, expectEqual } from "./expect.js";
import type { Handle } from "./received-messages.js";

const fail = () => {
  throw new Error("A subscriber fails, as the suite wants it to.");
};

/** Clocks of two machines, and timers, are not that exact. */
const tooEarly = (waitedMs: number, waitMs: number) => waitedMs < waitMs - Math.min(20, waitMs / 4);

/** What becomes of a message that is not done at its first try. */
export const retryCases: readonly BrokerCase[] = [
  {
    title: "gives a message again to a subscriber that failed on it, under the same id, and counts (C1, M3)",
    body: async (bed) => {
      const failing: Handle = ({ attempt }) => attempt < 3 && fail();
      const { received } = await bed.subscribe({ handle: failing });
      const messages = [...bed.keyed(4, 4), ...bed.messages(4)];
      await bed.publish(...messages);
      await received.exactly(messages);
      for (const message of messages) {
        const attempts = received.triesOf(message).map(({ attempt }) => attempt);
        expectEqual(attempts, [1, 2, 3], "The attempts");
      }
    },
  },
  {
    title: "goes on with other messages after a subscriber has failed",
    body: async (bed) => {
      const messages = bed.keyed(50, 50);
      const failing = new Set(messages.slice(0, 10).map(({ id }) => id));
      const { received } = await bed.subscribe({ handle: ({ id }) => failing.has(id) && fail() });
      await bed.publish(...messages.slice(0, 30));
      await received.until(
        () => messages.slice(0, 10).every((message) => received.triesOf(message).length > 0),
        "The messages to fail on did not come in time.",
      );
      await bed.publish(...messages.slice(30));
      await received.exactly(messages.slice(10));
    },
  },
  {
    title: "gives a message again when it is told to, not before, and counts as it is told",
    body: async (bed) => {
      const waitMs = bed.pauseMs;
      const answers = [new RetryLater(waitMs, false), new RetryLater(waitMs), undefined];
      const { received } = await bed.subscribe({
        handle: (message) => answers[received.triesOf(message).length - 1],
      });
      const messages = [...bed.keyed(2, 2), ...bed.messages(2)];
      await bed.publish(...messages);
      await received.exactly(messages);
      for (const message of messages) {
        const tries = received.triesOf(message);
        const attempts = tries.map(({ attempt }) => attempt);
        expectEqual(attempts, [1, 1, 2], "The attempts");
        const waits = tries.slice(1).map(({ atMs }, n) => atMs - (tries[n]?.atMs ?? 0));
        const early = waits.find((each) => tooEarly(each, waitMs));
        expect(early === undefined, `A message came again after ${early} ms, not ${waitMs} ms.`);
      }
    },
  },
  {
    title: "has those behind a message that comes again wait for it, and others not",
    needs: [order],
    body: async (bed) => {
      const [first, second] = bed.keyed(2, 1) as [Message, Message];
      const others = bed.messages(10, (n) => ({ key: `other ${n}` }));
      const { received } = await bed.subscribe({
        handle: ({ id }) => {
          const isDone = id !== first.id || received.all.length >= others.length;
          return isDone ? undefined : new RetryLater(bed.pauseMs / 2);
        },
      });
      await bed.publish(first, second, ...others);
      await received.exactly([first, second, ...others]);
      expectEqual(received.ids.slice(-2), [first.id, second.id], "The last two messages");
    },
  },
  {
    title: "goes on counting where another member of the group left off",
    needs: [groups, countedAttempts],
    body: async (bed) => {
      const group = bed.newGroup();
      const gate = bed.gate();
      const first = await bed.subscribe({ group, closeTimeoutMs: 0, handle: () => gate.promise });
      const messages = bed.keyed(3, 3);
      await bed.publish(...messages);
      await first.received.whenRunning(3);
      await bed.end(first.subscription);
      const { received } = await bed.subscribe({ broker: await bed.another(), group });
      await received.exactly(messages);
      const attempts = messages.map((message) => received.triesOf(message)[0]?.attempt);
      expectEqual(attempts, [2, 2, 2], "The attempts");
    },
  },
  {
    title: "keeps at the broker what waits for another try: it holds nobody up, and outlives its member",
    needs: [groups, delay],
    body: async (bed) => {
      const group = bed.newGroup();
      const waitMs = bed.pauseMs * 4;
      const [late, ...others] = bed.messages(5) as [Message, ...Message[]];
      const first = await bed.subscribe({
        group,
        prefetch: 1,
        handle: ({ id }) => (id === late.id ? new RetryLater(waitMs) : undefined),
      });
      await bed.publish(late, ...others);
      await first.received.exactly(others);
      const tries = [...first.received.triesOf(late)];
      expectEqual(tries.length, 1, "The tries while others were handled");
      await bed.end(first.subscription);
      const { received } = await bed.subscribe({ broker: await bed.another(), group });
      await received.exactly([late]);
      const waitedMs = (received.triesOf(late)[0]?.atMs ?? 0) - (tries[0]?.atMs ?? 0);
      expect(!tooEarly(waitedMs, waitMs), `A message came again after ${waitedMs} ms, not ${waitMs} ms.`);
      if (bed.features.countsAttempts)
        expectEqual(received.triesOf(late)[0]?.attempt, 2, "The attempt that another member makes");
    },
  },
];
