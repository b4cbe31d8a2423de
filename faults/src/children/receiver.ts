// A consumer of a real broker, whose handler has its effect through the inbox, in a process of its own.
import { bootstrap, DomainEvent } from "sluice";
import { consume } from "sluice/consumers";
import { MessageRegistry } from "sluice/messages";
import { brokerOf } from "../brokers/broker-kinds.js";
import { type ConsumerMutant, mutated } from "../brokers/consumer-mutants.js";
import { engineOf } from "../engines/engines.js";
import { LogBroker } from "../log-broker.js";
import { quietLogger } from "../quiet-logger.js";

export interface ReceiverOrder {
  readonly engine: string;
  readonly url: string;
  readonly broker: string;
  readonly brokerUrl: string;
  readonly topics: readonly string[];
  readonly group: string;
  /** Where it writes what was handled. */
  readonly log: string;
  readonly name: string;
  /** How long a handler takes, in milliseconds at most. */
  readonly handlerMs?: number;
  /** Every n-th message of a key is poison. */
  readonly poisonEvery?: number;
  readonly mutant?: ConsumerMutant;
}

class Happened extends DomainEvent {
  constructor(
    readonly key: string,
    readonly seq: number,
  ) {
    super();
  }
}

/** What a message's handler writes with. */
abstract class UnitOfWork {
  abstract exec(sql: string, params: readonly (string | number)[]): unknown;
}

process.once("message", async (order: ReceiverOrder) => {
  const { topics, group, name, handlerMs = 0, poisonEvery = 0 } = order;
  const store = await engineOf(order.engine).open(order.url);
  const broker = brokerOf(order.broker).open(order.brokerUrl);
  const log = new LogBroker({
    path: order.log,
    relay: name,
    failureOf: ({ payload }) =>
      poisonEvery > 0 && (payload as Happened).seq % poisonEvery === 0 ? new Error("poison") : undefined,
  });
  const units = new WeakMap<object, UnitOfWork>();
  const mediator = bootstrap({
    domainEventsMapper: (map) =>
      map.bind(Happened, async ({ key, seq }, { resolve }) => {
        const id = `${key}/${seq}`;
        if (handlerMs > 0) await new Promise((done) => setTimeout(done, Math.random() * handlerMs));
        const message = { id, name: "happened", topic: "facts", key, timestamp: new Date(), headers: {} };
        await log.publish([{ ...message, payload: { seq } }]);
        const unit = await resolve(UnitOfWork);
        const params = [group, id, name];
        await unit.exec("insert into effect (consumer, message_id, worker) values (?, ?, ?)", params);
      }),
    logger: quietLogger,
  });
  const consumer = await consume<never>({
    broker: mutated(broker, order.mutant),
    topics,
    group,
    registry: new MessageRegistry().register("happened", Happened),
    mediator,
    concurrency: 8,
    prefetch: 200,
    retry: { immediate: 1, delayed: 2, delayMs: 200 },
    inbox: store.inbox as never,
    transaction: (work) =>
      store.transaction(async ({ tx, exec }) => {
        units.set(tx, { exec });
        await work(tx);
      }),
    scope: (tx) => ({ resolve: () => units.get(tx) as never, close: async () => {} }),
    logger: quietLogger,
  });
  process.once("message", async () => {
    await consumer.close();
    await mediator.close();
    await broker.close();
    await store.close();
    process.disconnect();
  });
  process.send?.("ready");
});
