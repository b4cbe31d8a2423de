import type { ReceivedMessage } from "../brokers/received-message.js";
import { RetryLater } from "../brokers/retry-later.js";
import type { SubscribeOptions } from "../brokers/subscribe-options.js";
import {
  altered,
  Conforming,
  type Flaw,
  featured,
  handling,
  idOf,
  subscribing,
} from "./flawed-brokers.fixture.js";

const nothing = () => {};
const counts = () => new Map<string, number>();

/** Whose tries are counted together. */
const counters = () => new Map<unknown, Map<string, number>>();
function countOf(made: Map<unknown, Map<string, number>>, { group, onMessage }: SubscribeOptions) {
  const count = made.get(group ?? onMessage) ?? counts();
  made.set(group ?? onMessage, count);
  return count;
}

/** Of who receives what, how much at a time, and how often. */
export const deliveryFlaws: readonly Flaw[] = [
  [
    "gives messages to the first ten subscribers only",
    subscribing(counts, ({ topics: [topic = ""] }, made) => {
      const known = made.get(topic) ?? 0;
      made.set(topic, known + 1);
      return known < 9 ? {} : { topics: ["nothing"] };
    }),
    /gives every subscriber/,
  ],
  [
    "loses messages among ten subscribers",
    class extends Conforming {
      #subscribers = 0;
      override subscribe(options: SubscribeOptions) {
        const { onMessage } = options;
        this.#subscribers++;
        return super.subscribe({
          ...options,
          onMessage: (message, signal) => (this.#subscribers < 10 ? onMessage(message, signal) : undefined),
        });
      }
    },
    /gives every subscriber|among concurrent subscribers/,
  ],
  [
    "sends everything to everybody of a process",
    class extends Conforming {
      override publish(...[messages, options]: Parameters<Conforming["publish"]>) {
        return super.publish(
          messages.map((message) => ({ ...message, topic: "all" })),
          options,
        );
      }
      override subscribe(options: SubscribeOptions) {
        const onMessage: SubscribeOptions["onMessage"] = (message, signal) => {
          const topic = options.topics[0] as string;
          return options.onMessage(altered(message, { topic }), signal);
        };
        return super.subscribe({ ...options, topics: ["all"], onMessage });
      }
      override forward(...[message, options]: Parameters<Conforming["forward"]>) {
        return super.forward(message, { ...options, topic: "all" });
      }
    },
    /keeps topics apart|says of each message which|what is no message|forwards a message/,
  ],
  [
    "subscribes to the first topic only",
    subscribing(nothing, ({ topics }) => ({ topics: topics.slice(0, 1) })),
    /many topics to one/,
  ],
  [
    "says of each message that it was of the first topic",
    handling(nothing, (message, next, _, { topics: [topic = ""] }) => next(altered(message, { topic }))),
    /says of each message which/,
  ],
  [
    "gives a new subscriber what is old",
    subscribing(nothing, ({ group, startAt = group === undefined ? "earliest" : undefined }) => ({
      startAt,
    })),
    /what is published from then on/,
  ],
  [
    "takes from all what one fails on",
    handling(
      () => new Map<string, SubscribeOptions>(),
      async (message, next, made, options) => {
        if ((made.get(idOf(message)) ?? options) !== options) return undefined;
        try {
          return await next();
        } catch (error) {
          made.set(idOf(message), options);
          throw error;
        }
      },
    ),
    /keeps no message from others/,
  ],
  [
    "handles all at the same moment",
    subscribing(nothing, () => ({ concurrency: 1_000 })),
    /as concurrency says/,
  ],
  [
    "handles fewer at the same moment than it may",
    subscribing(nothing, ({ concurrency }) => ({ concurrency: concurrency === 3 ? 2 : concurrency })),
    /as concurrency says/,
  ],
  ["takes all there is", subscribing(nothing, () => ({ prefetch: 1_000 })), /than prefetch/],
  [
    "takes all there is of a group",
    subscribing(nothing, ({ group, prefetch }) => ({ prefetch: group === undefined ? prefetch : 1_000 })),
    /what is more than prefetch/,
  ],
  [
    "never gives a failed message again",
    handling(nothing, async (_, next) => {
      try {
        return await next();
      } catch {
        return undefined;
      }
    }),
    /that failed on it|keeps the order per key/,
  ],
  [
    "gives nothing more after a failure",
    handling(
      () => new Set<SubscribeOptions>(),
      async (_, next, failed, options) => {
        if (failed.has(options)) return undefined;
        try {
          return await next();
        } catch (error) {
          failed.add(options);
          throw error;
        }
      },
    ),
    /that failed on it|keeps the order per key|goes on with other messages/,
  ],
  [
    "forgets how often it has tried",
    handling(nothing, (message, next) => next(altered(message, { attempt: 1 }))),
    /that failed on it|counts as it is told|goes on counting/,
  ],
  [
    "counts a try that does not count",
    handling(counters, (message, next, made, options) => {
      const count = countOf(made, options);
      const attempt = (count.get(idOf(message)) ?? 0) + 1;
      count.set(idOf(message), attempt);
      return next(altered(message, { attempt }));
    }),
    /counts as it is told/,
  ],
  [
    "begins to count anew with each member",
    handling(
      () => new Map<SubscribeOptions, Map<string, number>>(),
      (message, next, made, options) => {
        const before = made.get(options) ?? counts();
        made.set(options, before);
        if (!before.has(idOf(message))) before.set(idOf(message), message.attempt - 1);
        return next(altered(message, { attempt: message.attempt - (before.get(idOf(message)) ?? 0) }));
      },
    ),
    /goes on counting/,
  ],
  [
    "never gives what is to come later",
    handling(nothing, async (_, next) => {
      const answer = await next();
      return answer instanceof RetryLater ? undefined : answer;
    }),
    /when it is told to, not before|those behind a message|those that wait for another try/,
  ],
  [
    "acknowledges what is to come later, and tries it by itself",
    handling(nothing, (message, next) => {
      const handle = async (given: ReceivedMessage): Promise<unknown> => {
        const answer = await next(given);
        if (!(answer instanceof RetryLater)) return answer;
        const again = altered(given, { attempt: given.attempt + (answer.counts ? 1 : 0) });
        setTimeout(() => void handle(again), answer.afterMs);
        return undefined;
      };
      return handle(message);
    }),
    /those behind a message|those that wait for another try/,
  ],
  ["keeps in the process what is to come later", featured({ delay: true }), /keeps at the broker what waits/],
];

/** Told by a clock alone: nothing else is to run meanwhile. */
export const hastyFlaw: Flaw = [
  "gives at once what is to come later",
  handling(nothing, async (_, next) => {
    const answer = await next();
    return answer instanceof RetryLater ? new RetryLater(0, answer.counts) : answer;
  }),
  /when it is told to, not before/,
];
