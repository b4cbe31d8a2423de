import type { MessageBroker, ReceivedMessage, SubscribeOptions } from "sluice";

/** Faults put into consumers on purpose, each of which the suite must find. */
export const consumerMutants = ["early ack", "past unfinished", "no count"] as const;

export type ConsumerMutant = (typeof consumerMutants)[number];

/** The same broker with a fault in what becomes of a message. */
export function mutated(broker: MessageBroker, mutant: ConsumerMutant | undefined): MessageBroker {
  const subscribe = broker.subscribe?.bind(broker);
  if (mutant === undefined || subscribe === undefined) return broker;
  return new Proxy(broker, {
    get(target, name) {
      if (name === "subscribe")
        return (options: SubscribeOptions) =>
          subscribe({ ...options, onMessage: faults[mutant](options.onMessage) });
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

type OnMessage = SubscribeOptions["onMessage"];

const faults: Readonly<Record<ConsumerMutant, (onMessage: OnMessage) => OnMessage>> = {
  /** Acknowledged before the handler has run. */
  "early ack": (onMessage) => (message, signal) => {
    (async () => onMessage(message, signal))().catch(() => {});
  },

  /** When one message is done, those before it that are not are acknowledged with it. */
  "past unfinished": (onMessage) => {
    const unfinished = new Set<(value: unknown) => void>();
    return (message, signal) =>
      new Promise((resolve, reject) => {
        unfinished.add(resolve);
        (async () => onMessage(message, signal))().then(
          (value) => {
            resolve(value);
            for (const done of unfinished) done(undefined);
            unfinished.clear();
          },
          (error) => {
            unfinished.delete(resolve);
            reject(error);
          },
        );
      });
  },

  /** Every try is the first one. */
  "no count": (onMessage) => {
    const forgetful = new WeakMap<ReceivedMessage, ReceivedMessage>();
    return (message, signal) => {
      const known = forgetful.get(message) ?? forgetting(message);
      forgetful.set(message, known);
      return onMessage(known, signal);
    };
  },
};

function forgetting(message: ReceivedMessage): ReceivedMessage {
  return new Proxy(message, {
    get: (target, name) => (name === "attempt" ? 1 : Reflect.get(target, name, target)),
  });
}
