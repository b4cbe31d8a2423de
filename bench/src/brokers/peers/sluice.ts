import { bootstrap, DomainEvent, type Message, type MessageBroker, NotificationEvent } from "sluice";
import { consume } from "sluice/consumers";
import { MessageRegistry } from "sluice/messages";
import { group, prefetch } from "../messages.js";
import { inFlight } from "./rates.js";
import type { Side } from "./side.js";

class OrderPlaced extends DomainEvent {
  constructor(
    readonly n: number,
    readonly text: string,
  ) {
    super();
  }
}

const registry = new MessageRegistry().register("order.placed", OrderPlaced);
const { signal } = new AbortController();

/**
 * A mediator that handles in the order of each key, which only Kafka keeps for the others. The mediator, where it publishes,
 * has one message of a key under way at a time, so 16 of the 100; the broker by itself has all of them.
 */
export const sluiceOn = (broker: MessageBroker, by: "broker" | "mediator"): Side => ({
  name: `sluice, ${by}.publish`,

  async create(topic) {
    const subscription = await broker.subscribe?.({ topics: [topic], group, onMessage: () => {} });
    await subscription?.close();
  },

  async openPublisher(topic) {
    const mediator = bootstrap({ messageBroker: broker, maxConcurrentEventHandlers: inFlight });
    const publishBatch = (batch: readonly Message[]) => broker.publish(batch, { signal });
    return {
      publish: (message) => {
        if (by === "broker") return publishBatch([message]);
        const { name: eventName, key, payload } = message;
        return mediator.publish(new NotificationEvent({ eventName, topic, key, payload }));
      },
      publishBatch,
      [Symbol.asyncDispose]: () => mediator.close(),
    };
  },

  async consume(topic, seen) {
    await using mediator = bootstrap({
      domainEventsMapper: (map) => map.bind(OrderPlaced, (event) => seen.see(event)),
    });
    await using _ = await consume({ broker, mediator, registry, topics: [topic], group, prefetch });
    await seen.all;
  },
});
