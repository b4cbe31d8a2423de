import type { Message } from "../brokers/message.js";
import type { PublishOptions } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { SubscribeOptions } from "../brokers/subscribe-options.js";
import { altered, Conforming, type Flaw, idOf, publishing, subscribing } from "./flawed-brokers.fixture.js";

const nothing = () => {};

/** Keeps a key from the broker: its members order what they have, and nobody orders what the group has. */
class OrderOfMembers extends Conforming {
  override publish(messages: readonly Message[], options?: PublishOptions) {
    const keyless = messages.map(({ key, ...message }) =>
      key === undefined ? message : { ...message, headers: { ...message.headers, "x-key": key } },
    );
    return super.publish(keyless, options);
  }
  override subscribe(options: SubscribeOptions) {
    const { onMessage, orderBy = "key" } = options;
    const keyed = (message: ReceivedMessage) => {
      if (message.raw.headers["x-key"] === undefined) return message;
      const { "x-key": key, ...headers } = message.headers;
      return altered(message, { key, headers });
    };
    return super.subscribe({
      ...options,
      onMessage: (message, signal) => onMessage(keyed(message), signal),
      orderBy:
        orderBy === "key"
          ? ({ raw }) => raw.headers["x-key"]
          : orderBy === "none"
            ? orderBy
            : (message) => orderBy(keyed(message)),
    });
  }
}

/** Of which messages are handled one after another. */
export const orderFlaws: readonly Flaw[] = [
  [
    "turns batches round",
    publishing((messages, options, next) => next([...messages].reverse(), options)),
    /keeps the order|those behind a message/,
  ],
  [
    "has the order in a member, and not in the group",
    OrderOfMembers,
    /among the members of a group: 1,000|dead letters as they came/,
  ],
  [
    "has no order in a group",
    subscribing(nothing, ({ group, orderBy }) => ({ orderBy: group === undefined ? orderBy : "none" })),
    /in a group of one: 1,000|among the members of a group: 1,000/,
  ],
  [
    "has no order without a group",
    subscribing(nothing, ({ group, orderBy = "key" }) => ({
      orderBy: group === undefined && orderBy === "key" ? "none" : orderBy,
    })),
    /the order per key: 1,000|only when it is done|those behind a message/,
  ],
  [
    "puts at the end what failed",
    class extends Conforming {
      override subscribe(options: SubscribeOptions) {
        const attempts = new Map<string, number>();
        const onMessage: SubscribeOptions["onMessage"] = async (message, signal) => {
          const attempt = attempts.get(idOf(message)) ?? message.attempt;
          try {
            return await options.onMessage(altered(message, { attempt }), signal);
          } catch {
            attempts.set(idOf(message), attempt + 1);
            return this.forward(message, { topic: message.topic, signal });
          }
        };
        return super.subscribe({ ...options, onMessage });
      }
    },
    /1,000 messages/,
  ],
  [
    "handles one after another whatever comes",
    subscribing(nothing, () => ({ orderBy: () => "all" })),
    /does not hold up a key|as concurrency says|does not matter|by what a function makes/,
    "and more",
  ],
  [
    "holds up messages without a key for each other",
    subscribing(nothing, ({ orderBy = "key" }) => ({
      orderBy: orderBy === "key" ? ({ key = "none" }) => key : orderBy,
    })),
    /does not hold up a key|as concurrency says|acknowledges nothing|what is unfinished to the others/,
  ],
  [
    "has order where it does not matter",
    subscribing(nothing, ({ orderBy }) => ({ orderBy: orderBy === "none" ? "key" : orderBy })),
    /where the order does not matter/,
  ],
  [
    "orders by the key only",
    subscribing(nothing, ({ orderBy }) => ({ orderBy: typeof orderBy === "function" ? "key" : orderBy })),
    /by what a function makes/,
  ],
];
