import type { ReceivedMessage } from "../brokers/received-message.js";
import type { SubscribeOptions, Subscription } from "../brokers/subscribe-options.js";
import { Conforming, type Flaw, featured, handling, idOf, subscribing } from "./flawed-brokers.fixture.js";

const nothing = () => {};
const of = ({ group }: SubscribeOptions, message: ReceivedMessage) => `${group} ${idOf(message)}`;

/** Of what groups share, hand over, and begin with. */
export const groupFlaws: readonly Flaw[] = [
  [
    "acknowledges before the handler",
    handling(nothing, (_, next) => void (async () => next())().catch(nothing)),
    /acknowledges nothing|what is unfinished to the others|that failed on it|as concurrency says/,
    "and more",
  ],
  [
    "gives every member everything",
    subscribing(nothing, ({ group }) => ({ group: group && `${group} ${crypto.randomUUID()}` })),
    /gives every group every message/,
    "and more",
  ],
  [
    "gives some messages of a group twice",
    handling(
      () => ({ count: 0 }),
      async (_, next, made, { group }) => {
        if (group !== undefined && ++made.count % 10 === 0) await next();
        return next();
      },
    ),
    /gives every group|goes on where a group|are all away/,
  ],
  [
    "has one member of a group work",
    class extends Conforming {
      readonly #active = new Map<string, SubscribeOptions>();
      override subscribe(options: SubscribeOptions) {
        const { group = "" } = options;
        if (!this.#active.has(group)) this.#active.set(group, options);
        const isActive = group === "" || this.#active.get(group) === options;
        return super.subscribe(isActive ? options : { ...options, topics: ["nothing"] });
      }
    },
    /has all members of a group work/,
    "and more",
  ],
  [
    "keeps nothing for a group whose members are away",
    class extends Conforming {
      readonly #members = new Map<string, number>();
      readonly #age = new Map<string, number>();
      override async subscribe(options: SubscribeOptions) {
        const { group } = options;
        if (group === undefined) return super.subscribe(options);
        const members = this.#members.get(group) ?? 0;
        const age = (this.#age.get(group) ?? -1) + (members === 0 ? 1 : 0);
        this.#members.set(group, members + 1);
        this.#age.set(group, age);
        const startAt = age > 0 ? "latest" : options.startAt;
        const subscription = await super.subscribe({ ...options, group: `${group} ${age}`, startAt });
        const close = async () => {
          this.#members.set(group, (this.#members.get(group) ?? 1) - 1);
          await subscription.close();
        };
        return { close, [Symbol.asyncDispose]: close };
      }
    },
    /goes on counting|goes on where a group|a group that is known|are all away|acknowledges nothing/,
  ],
  [
    "brings the first topic only to a group",
    subscribing(nothing, ({ group, topics }) => ({ topics: group ? topics.slice(0, 1) : topics })),
    /many topics to one group/,
  ],
  [
    "acknowledges what ends well when nobody waits for it any more",
    handling(
      () => new Set<string>(),
      async (message, next, done, options, signal) => {
        if (done.has(of(options, message))) return undefined;
        const answer = await next();
        if (signal.aborted) done.add(of(options, message));
        return answer;
      },
    ),
    /even if it ends well after all/,
  ],
  [
    "acknowledges all up to the last one that is done",
    handling(
      () => ({
        places: new Map<string, number>(),
        owners: new Map<string, object>(),
        done: new Map<string, number>(),
      }),
      async (message, next, { places, owners, done }, options) => {
        const { group } = options;
        if (group === undefined) return next();
        const id = of(options, message);
        const place = places.get(id) ?? places.size;
        if ((owners.get(id) ?? options) !== options && place < (done.get(group) ?? -1)) return undefined;
        places.set(id, place);
        owners.set(id, options);
        const answer = await next();
        done.set(group, Math.max(place, done.get(group) ?? -1));
        return answer;
      },
    ),
    /even if it ends well|leaves what is unfinished to the others/,
  ],
  [
    "leaves what is unfinished to those who come later only",
    subscribing(
      () => ({ now: 0, givenUp: new Map<string, number>() }),
      (options, made) => {
        const born = ++made.now;
        return {
          onMessage: (message, signal) => {
            const id = of(options, message);
            if ((made.givenUp.get(id) ?? 0) > born) return undefined;
            signal.addEventListener("abort", () => made.givenUp.set(id, ++made.now));
            return options.onMessage(message, signal);
          },
        };
      },
    ),
    /what is unfinished to the others/,
  ],
  [
    "gives the last message of a group again when it goes on",
    class extends Conforming {
      readonly #last = new Map<string, ReceivedMessage>();
      override async subscribe(options: SubscribeOptions) {
        const { group, onMessage } = options;
        if (group === undefined) return super.subscribe(options);
        const last = this.#last.get(group);
        const keep: SubscribeOptions["onMessage"] = async (message, signal) => {
          const answer = await onMessage(message, signal);
          this.#last.set(group, message);
          return answer;
        };
        const subscription = await super.subscribe({ ...options, onMessage: keep });
        if (last !== undefined) await keep(last, new AbortController().signal);
        return subscription;
      }
    },
    /goes on where a group|a group that is known|are all away/,
  ],
  [
    "goes on taking messages once a member is closed",
    class extends Conforming {
      override async subscribe(options: SubscribeOptions): Promise<Subscription> {
        let isClosed = false;
        let running: Promise<unknown> = Promise.resolve();
        const onMessage: SubscribeOptions["onMessage"] = (message, signal) => {
          if (isClosed) return undefined;
          const answer = (async () => options.onMessage(message, signal))();
          running = Promise.allSettled([running, answer]);
          return answer;
        };
        await super.subscribe({ ...options, onMessage });
        const close = async () => {
          isClosed = true;
          if (options.closeTimeoutMs !== 0) await running;
        };
        return { close, [Symbol.asyncDispose]: close };
      }
    },
    /come and go|are closed at once|a later start of the group|goes on where a group/,
    "and more",
  ],
  [
    "takes a moment for the beginning",
    subscribing(nothing, ({ startAt }) => ({ startAt: startAt instanceof Date ? "earliest" : startAt })),
    /at a moment/,
  ],
  [
    "has a new group begin with the next message",
    subscribing(nothing, ({ group, startAt = group === undefined ? undefined : "latest" }) => ({ startAt })),
    /new group begin|a group that is known/,
  ],
  [
    "begins anew whenever startAt says so",
    subscribing(nothing, ({ group, startAt }) => ({
      group: group !== undefined && typeof startAt === "string" ? `${group} ${crypto.randomUUID()}` : group,
    })),
    /a group that is known/,
  ],
  ["takes a startAt that it cannot keep", featured({ replay: false }), /refuses to begin with/],
];
