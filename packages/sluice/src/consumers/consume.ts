/// <reference lib="esnext.disposable" preserve="true" />
import type { Subscription } from "../brokers/subscribe-options.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { byMediator } from "./by-mediator.js";
import type { ConsumeOptions } from "./consume-options.js";
import { startConsumer } from "./start-consumer.js";

/**
 * Brings what arrives at a broker to a mediator: domain events are published, requests sent, those that stream are read to
 * their end (rules C1 to C4). Resolves when the subscription stands.
 *
 * - A message is acknowledged when its handlers, and all that follows from them, have succeeded. Where a process dies
 *   before, another one of the group gets it: handlers see a message at least once. With an `inbox` its effects happen once.
 * - Messages with the same key are handled one after another, in their order, others at the same time, `concurrency` at most.
 * - A message that fails is tried again, at once and then ever later, and those behind it in its key wait for it; after
 *   the last try it is a dead letter, and its key goes on. What cannot be read, is not registered, or has no handler is a
 *   dead letter at once. A dead letter has its raw bytes, and why, where from and how often it was tried.
 * - While the `circuitBreaker` is open, messages wait, and none is given up.
 * - The handlers' metadata has the message's id, its correlation and causation ids, and its headers: what they emit names that
 *   message as its cause.
 *
 * Closing takes nothing more, waits for the handlers at work for `closeTimeoutMs`, aborts the rest, and acknowledges
 * nothing unfinished.
 *
 * @throws {InvalidOptionError} an option is out of range, or the broker has no subscriptions.
 *
 * @example
 * ```ts
 * import { bootstrap, DomainEvent, NotificationEvent } from "sluice";
 * import { MemoryMessageBroker } from "sluice/brokers";
 * import { consume } from "sluice/consumers";
 * import { MessageRegistry } from "sluice/messages";
 *
 * class OrderPlaced extends DomainEvent {
 *   constructor(readonly orderId: string) { super(); }
 * }
 *
 * const mediator = bootstrap({
 *   domainEventsMapper: (map) => map.bind(OrderPlaced, async ({ orderId }) => console.log(`reserving for ${orderId}`)),
 * });
 * const broker = new MemoryMessageBroker();
 * const consumer = await consume({
 *   broker,
 *   topics: ["orders"],
 *   group: "inventory",
 *   registry: new MessageRegistry().register("order.placed", OrderPlaced),
 *   mediator,
 * });
 *
 * // In another service:
 * const orders = bootstrap({ messageBroker: broker });
 * await orders.publish(
 *   new NotificationEvent({ eventName: "order.placed", topic: "orders", key: "o-1", payload: { orderId: "o-1" } }),
 * );
 * await broker.close();
 * await consumer.close();
 * ```
 * ```console
 * reserving for o-1
 * ```
 */
export async function consume<Tx = never>(options: ConsumeOptions<Tx>): Promise<Subscription> {
  checkHandling(options);
  return startConsumer("consume", options, byMediator(options));
}

function checkHandling<Tx>({ mediator, inbox, transaction, scope }: ConsumeOptions<Tx>): void {
  if (typeof mediator?.handles !== "function")
    throw invalid("mediator", mediator, "a mediator that bootstrap() made");
  if (inbox !== undefined && typeof inbox?.accept !== "function")
    throw invalid("inbox", inbox, "an inbox, such as a PostgresInbox");
  if ((inbox === undefined) !== (transaction === undefined))
    throw invalid(
      inbox ? "transaction" : "inbox",
      undefined,
      "to be given, since an inbox marks a message in the transaction of its effects",
    );
  if (scope !== undefined && transaction === undefined)
    throw invalid("scope", scope, "to be given together with transaction");
}

function invalid(option: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`consume ${option}`, given, expected);
}
