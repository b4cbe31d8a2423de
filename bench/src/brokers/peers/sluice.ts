import { bootstrap, DomainEvent, type MessageBroker, NotificationEvent } from "sluice";
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

/** A mediator that publishes, and one that handles: in the order of each key, which no other side promises on each broker. */
export const sluiceOn = (broker: MessageBroker): Side => ({
  name: "sluice",

  async create(topic) {
    const subscription = await broker.subscribe?.({ topics: [topic], group, onMessage: () => {} });
    await subscription?.close();
  },

  async openPublisher(topic) {
    const mediator = bootstrap({ messageBroker: broker, maxConcurrentEventHandlers: inFlight });
    return {
      publish: ({ name: eventName, key, payload }) =>
        mediator.publish(new NotificationEvent({ eventName, topic, key, payload })),
      publishBatch: (batch) => broker.publish(batch, { signal }),
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
