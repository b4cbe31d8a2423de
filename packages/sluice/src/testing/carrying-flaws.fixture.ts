import type { Message } from "../brokers/message.js";
import type { PublishOptions } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import { Conforming, changing, type Flaw, featured, handling, publishing } from "./flawed-brokers.fixture.js";

type Forward = Parameters<Conforming["forward"]>;

/** Of what is carried, and forwarded, and kept as a dead letter. */
export const carryingFlaws: readonly Flaw[] = [
  ["loses the moment", changing(() => ({ timestamp: new Date(0) })), /publishes and subscribes|forwards a/],
  [
    "cuts large payloads",
    changing(({ payload }) => ({ payload: JSON.stringify(payload)?.length > 9_999 ? {} : payload })),
    /carries a large message/,
  ],
  [
    "makes null of nothing",
    changing(({ payload }) => ({ payload: payload || null })),
    /every value that JSON has/,
  ],
  [
    "has headers in ASCII only",
    changing(({ headers }) => ({
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace(/[^ -~]/g, "?")]),
      ),
    })),
    /carries headers as they are/,
  ],
  [
    "refuses an empty list",
    publishing((messages, options, next) =>
      messages.length === 0 ? Promise.reject(new Error("empty")) : next(messages, options),
    ),
    /takes an empty list/,
  ],
  [
    "loses one of those that are published at the same moment",
    class extends Conforming {
      #running = 0;
      override async publish(messages: readonly Message[], options?: PublishOptions) {
        const isTenth = ++this.#running === 10;
        await Promise.resolve();
        this.#running--;
        await super.publish(isTenth ? [] : messages, options);
      }
    },
    /concurrent publishers/,
  ],
  ["leaves what is published again", featured({ deduplication: true }), /leaves one of messages/],
  ["publishes for nobody", publishing((messages, _, next) => next(messages)), /for whoever no longer waits/],
  [
    "never stops waiting",
    publishing(async (messages, options, next) => {
      await next(messages);
      if (options?.signal.aborted) await new Promise(() => {});
    }),
    /for whoever no longer waits/,
  ],
  [
    "forwards what a message says, under an id of its own",
    class extends Conforming {
      override async forward({ raw }: Forward[0], { topic, headers, signal }: Forward[1]) {
        const isMessage = raw.headers["ce-id"] !== undefined;
        const more = { ...(isMessage && { "ce-id": crypto.randomUUID() }), ...headers };
        await super.forward({ raw }, { topic, headers: more, signal });
      }
    },
    /forwards a message/,
  ],
  [
    "forgets the headers that are added",
    class extends Conforming {
      override forward(message: Forward[0], { topic, signal }: Forward[1]) {
        return super.forward(message, { topic, signal });
      }
    },
    /forwards a message|what is no message/,
  ],
  [
    "forwards no bytes but text",
    class extends Conforming {
      override forward({ raw }: Forward[0], options: Forward[1]) {
        const body = new TextEncoder().encode(new TextDecoder().decode(raw.body));
        return super.forward({ raw: { ...raw, body } }, options);
      }
    },
    /what is no message/,
  ],
  [
    "drops what is no message",
    handling(
      () => {},
      (message, next) => (isMessage(message) ? next() : undefined),
    ),
    /what is no message/,
  ],
  [
    "stops at what is no message",
    handling(
      () => {},
      (message, next) => (isMessage(message) ? next() : new Promise(() => {})),
    ),
    /what is no message/,
  ],
  [
    "has one queue of dead letters for all",
    class extends Conforming {
      override deadLetterQueue() {
        return super.deadLetterQueue("all");
      }
    },
    /keeps apart the queues/,
  ],
  [
    "loses why a dead letter is one",
    class extends Conforming {
      override async deadLetterQueue(name: string) {
        const queue = await super.deadLetterQueue(name);
        const { add } = queue;
        return Object.assign(queue, {
          add: (message: ReceivedMessage, _: object, signal: AbortSignal) =>
            add.call(queue, message, {}, signal),
        });
      }
    },
    /dead letters as they came/,
  ],
  [
    "does not say whether there was a dead letter to remove",
    class extends Conforming {
      override async deadLetterQueue(name: string) {
        const queue = await super.deadLetterQueue(name);
        const { remove } = queue;
        return Object.assign(queue, { remove: (id: string) => remove.call(queue, id).then(() => true) });
      }
    },
    /keeps apart the queues/,
  ],
];

function isMessage(message: ReceivedMessage): boolean {
  try {
    return message.id !== "";
  } catch {
    return false;
  }
}
