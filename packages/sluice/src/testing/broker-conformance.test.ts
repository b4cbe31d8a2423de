import { describe, expect, it } from "vitest";
import type { BrokerFeatures } from "../brokers/broker-features.js";
import { MemoryMessageBroker } from "../brokers/memory-message-broker.js";
import type { ForwardOptions, Message, MessageBroker, PublishOptions } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { SubscribeOptions, Subscription } from "../brokers/subscribe-options.js";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { brokerConformance } from "./broker-conformance.js";

/** A broker that conforms, to be given a flaw by overriding. */
class Conforming implements MessageBroker {
  readonly inner = new MemoryMessageBroker({ logger: new RecordingLogger() });

  readonly features: BrokerFeatures = this.inner.features;

  publish(messages: readonly Message[], options?: PublishOptions): Promise<void> {
    return this.inner.publish(messages, options);
  }

  forward(message: ReceivedMessage, options: ForwardOptions): Promise<void> {
    return this.inner.forward(message, options);
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    return this.inner.subscribe(options);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Changes each message on its way. */
const changing = (change: (message: Message) => Partial<Message>) =>
  class extends Conforming {
    override publish(messages: readonly Message[]) {
      return super.publish(messages.map((message) => ({ ...message, ...change(message) })));
    }
  };

/** The cases that fail, all run at the same moment. */
async function failures(Broker: new () => MessageBroker, timeoutMs = 300): Promise<string[]> {
  const failed: string[] = [];
  const cases = brokerConformance({
    name: "it",
    create: () => new Broker(),
    timeoutMs,
    largestPayload: 20_000,
  });
  await Promise.all(cases.map(({ name, run }) => run().catch(() => failed.push(name))));
  return failed;
}

let counter = 0;

describe("brokerConformance", () => {
  it("passes a broker that conforms", async () => {
    expect(await failures(Conforming, 10_000)).toEqual([]);
  });

  it("skips what a broker says it cannot, and says why", async () => {
    const skipped = async (features: Partial<BrokerFeatures>) => {
      const why: string[] = [];
      const cases = brokerConformance({ name: "it", create: () => new Conforming(), features });
      await Promise.all(cases.map(({ run }) => run({ skip: (each = "") => why.push(each) })));
      return why;
    };
    const always = await skipped({});
    expect(
      always.every((why) => /^Left out without (a server|no replay|delay|deduplication)/.test(why)),
    ).toBe(true);
    const more = async (given: Partial<BrokerFeatures>) => (await skipped(given)).length - always.length;
    expect(await more({ fanOut: false })).toBe(4);
    expect(await more({ orderPerKey: "member" })).toBe(1);
  });

  it.each<[string, new () => MessageBroker, RegExp]>([
    ["loses headers", changing(() => ({ headers: {} })), /carries headers as they are/],
    ["loses the moment", changing(() => ({ timestamp: new Date() })), /publishes and subscribes/],
    [
      "gives messages ids of its own",
      changing(() => ({ id: crypto.randomUUID() })),
      /publishes and subscribes/,
    ],
    ["loses keys", changing(() => ({ key: undefined })), /keeps the order per key/],
    [
      "cuts large payloads",
      changing(({ payload }) => ({ payload: JSON.stringify(payload).length > 9_999 ? {} : payload })),
      /carries a large message/,
    ],
    [
      "makes null of nothing",
      changing(({ payload }) => ({ payload: payload || null })),
      /every value that JSON has/,
    ],
    [
      "loses every tenth message",
      class extends Conforming {
        override publish(messages: readonly Message[]) {
          return super.publish(messages.filter(() => ++counter % 10 !== 0));
        }
      },
      /concurrent publishers/,
    ],
    [
      "turns batches round",
      class extends Conforming {
        override publish(messages: readonly Message[]) {
          return super.publish([...messages].reverse());
        }
      },
      /keeps the order per key/,
    ],
    [
      "sends everything to everybody",
      class extends Conforming {
        override publish(messages: readonly Message[]) {
          return super.publish(messages.map((message) => ({ ...message, topic: "all" })));
        }
        override subscribe(options: SubscribeOptions) {
          return super.subscribe({ ...options, topics: ["all"] });
        }
      },
      /keeps topics apart/,
    ],
    [
      "gives messages to the first subscriber only",
      class extends Conforming {
        readonly #topics = new Set<string>();
        override subscribe(options: SubscribeOptions) {
          const [topic = ""] = options.topics;
          const isFirst = !this.#topics.has(topic);
          this.#topics.add(topic);
          return super.subscribe(isFirst ? options : { ...options, topics: ["nothing"] });
        }
      },
      /gives every subscriber of a topic every message/,
    ],
    [
      "does not wait for subscribers, so that a key's messages are handled together",
      class extends Conforming {
        override subscribe(options: SubscribeOptions) {
          const onMessage = (message: ReceivedMessage, signal: AbortSignal) => {
            (async () => options.onMessage(message, signal))().catch(() => {});
          };
          return super.subscribe({ ...options, onMessage });
        }
      },
      /only when it is done with the one before/,
    ],
    [
      "never gives a failed message again",
      class extends Conforming {
        override subscribe(options: SubscribeOptions) {
          const onMessage = async (message: ReceivedMessage, signal: AbortSignal) => {
            await (async () => options.onMessage(message, signal))().catch(() => {});
          };
          return super.subscribe({ ...options, onMessage });
        }
      },
      /gives a message again/,
    ],
    [
      "stops at a failure",
      class extends Conforming {
        override subscribe(options: SubscribeOptions) {
          let failed = false;
          const onMessage = async (message: ReceivedMessage, signal: AbortSignal) => {
            if (failed) return;
            try {
              await options.onMessage(message, signal);
            } catch {
              failed = true;
            }
          };
          return super.subscribe({ ...options, onMessage });
        }
      },
      /goes on with other messages after a subscriber has failed/,
    ],
    [
      "goes on with a closed subscription",
      class extends Conforming {
        override async subscribe(options: SubscribeOptions) {
          const subscription = await super.subscribe(options);
          return { ...subscription, close: async () => {}, [Symbol.asyncDispose]: async () => {} };
        }
      },
      /gives a closed subscription nothing more/,
    ],
    [
      "lets go at once of what it has taken",
      class extends Conforming {
        readonly #open = new Set<Subscription>();
        override async subscribe(options: SubscribeOptions) {
          const subscription = await super.subscribe(options);
          this.#open.add(subscription);
          return subscription;
        }
        override async close() {
          await Promise.all([...this.#open].map((subscription) => subscription.close()));
          await super.close();
        }
      },
      /loses nothing that it took/,
    ],
    [
      "takes messages once closed, for nobody",
      class extends Conforming {
        override publish(messages: readonly Message[]) {
          return super.publish(messages).catch(() => {});
        }
      },
      /refuses to publish and to subscribe/,
    ],
    [
      "refuses with any error",
      class extends Conforming {
        override publish(messages: readonly Message[]) {
          return super.publish(messages).catch(() => Promise.reject(new Error("closed")));
        }
      },
      /refuses to publish and to subscribe/,
    ],
    [
      "cannot be closed twice",
      class extends Conforming {
        #isClosed = false;
        override async close() {
          if (this.#isClosed) throw new Error("closed");
          this.#isClosed = true;
          await super.close();
        }
      },
      /closes once, however often/,
    ],
  ])("fails a broker that %s", async (_what, Broker, title) => {
    expect(await failures(Broker)).toEqual(expect.arrayContaining([expect.stringMatching(title)]));
  });
});
