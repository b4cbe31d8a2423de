import type { Message } from "../brokers/message.js";
import type { MessageBroker, PublishOptions } from "../brokers/message-broker.js";
import type { Container } from "../containers/container.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { NotificationEvent } from "../messages/notification-event.js";
import type { Outbox } from "./outbox.js";
import { NoUnitOfWorkError } from "./outbox-errors.js";

export interface OutboxBrokerOptions<Tx> {
  /**
   * Gives the transaction that the handler at work writes in: from the unit of work that the dispatch shares
   * (`scope: "dispatch"`), or from wherever the application keeps it, such as an AsyncLocalStorage.
   */
  readonly transaction: (unitOfWork: Pick<Container, "resolve">) => Tx | Promise<Tx>;
}

/**
 * A broker for a mediator whose notification events go to an outbox: they commit with what its handlers wrote, or not
 * at all (rule U2). A relay publishes them.
 *
 * @throws {NoUnitOfWorkError} `transaction` resolves something, and the dispatch shares no scope to resolve it in.
 *
 * @example
 * ```ts
 * import { bootstrap, Command, type Container, NotificationEvent } from "sluice";
 * import { MessageRegistry } from "sluice/messages";
 * import { MemoryOutbox, type MemoryTransaction, outboxBroker } from "sluice/outbox";
 *
 * class OrderPlaced extends NotificationEvent<{ orderId: string }> {
 *   constructor(orderId: string) {
 *     super({ eventName: "order.placed", topic: "orders", key: orderId, payload: { orderId } });
 *   }
 * }
 * class PlaceOrder extends Command {
 *   constructor(readonly orderId: string) { super(); }
 * }
 * class UnitOfWork {
 *   constructor(readonly tx: MemoryTransaction) {}
 * }
 *
 * const outbox = new MemoryOutbox({ registry: new MessageRegistry().register("order.placed", OrderPlaced) });
 * const container: Container = {
 *   resolve: () => { throw new Error("outside of a dispatch"); },
 *   createScope() {
 *     const unitOfWork = new UnitOfWork(outbox.begin());
 *     return {
 *       resolve: () => unitOfWork as never,
 *       close: async (error) => (error === undefined ? unitOfWork.tx.commit() : unitOfWork.tx.rollback()),
 *     };
 *   },
 * };
 *
 * const mediator = bootstrap({
 *   container,
 *   scope: "dispatch",
 *   concurrentEventHandleEnable: false,
 *   messageBroker: outboxBroker(outbox, { transaction: async (scope) => (await scope.resolve(UnitOfWork)).tx }),
 *   commandsMapper: (map) => map.bind(PlaceOrder, async ({ orderId }, { emit }) => emit(new OrderPlaced(orderId))),
 * });
 * await mediator.send(new PlaceOrder("o-1"));
 * console.log((await outbox.queue.desk.stats()).pending);
 * ```
 * ```console
 * 1
 * ```
 */
export function outboxBroker<Tx>(
  outbox: Outbox<Tx>,
  { transaction }: OutboxBrokerOptions<Tx>,
): MessageBroker {
  if (typeof transaction !== "function")
    throw new InvalidOptionError(
      "outboxBroker transaction",
      transaction,
      "a function that gives the transaction",
    );
  return {
    async publish(messages: readonly Message[], { unitOfWork }: PublishOptions): Promise<void> {
      const tx = await transaction(unitOfWork ?? noUnitOfWork);
      for (const message of messages) await outbox.add(eventOf(message), tx, { headers: message.headers });
    },
    async close() {},
  };
}

const noUnitOfWork: Pick<Container, "resolve"> = {
  resolve() {
    throw new NoUnitOfWorkError();
  },
};

function eventOf({ id, name, topic, key, timestamp, payload }: Message): NotificationEvent {
  return new NotificationEvent({
    eventId: id,
    eventName: name,
    topic,
    key,
    eventTimestamp: timestamp,
    payload,
  });
}
