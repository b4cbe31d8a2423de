import { bootstrap, DomainEvent, type MessageBroker } from "sluice";
import { consume } from "sluice/consumers";
import { MessageRegistry } from "sluice/messages";
import type { Row, Skipped } from "../work.js";
import { onEachBroker } from "./broker-kinds.js";

const messages = 1_000;
const never = new AbortController().signal;

class OrderPlaced extends DomainEvent {
  constructor(readonly orderId: string) {
    super();
  }
}

/** From the call of `publish` to the handler of a consumer that has nothing else to do, one message at a time. */
export const delays = (): AsyncGenerator<Row | Skipped> => onEachBroker(delayOf);

async function delayOf(name: string, broker: MessageBroker): Promise<Row> {
  let handled = Promise.withResolvers<void>();
  const mediator = bootstrap({ domainEventsMapper: (map) => map.bind(OrderPlaced, () => handled.resolve()) });
  const registry = new MessageRegistry().register("order.placed", OrderPlaced);
  const topic = crypto.randomUUID();
  const consumer = await consume({ broker, mediator, registry, topics: [topic], group: "bench" });
  const took: number[] = [];
  for (let n = 0; n < messages; n++) {
    handled = Promise.withResolvers();
    const message = {
      id: `m-${n}`,
      name: "order.placed",
      topic,
      key: `k-${n % 16}`,
      timestamp: new Date(),
      headers: {},
      payload: { orderId: `o-${n}` },
    };
    const began = performance.now();
    await Promise.all([broker.publish([message], { signal: never }), handled.promise]);
    took.push(performance.now() - began);
  }
  await consumer.close();
  await mediator.close();
  took.sort((a, b) => a - b);
  const at = (part: number) => took[Math.floor(part * messages)] ?? 0;
  return {
    work: `${name}: publish to handler, one at a time`,
    measured: "p50",
    took: `${at(0.5).toFixed(2)} ms`,
    against: "p99",
    otherTook: `${at(0.99).toFixed(2)} ms`,
    value: at(0.5),
    unit: "ms",
  };
}
