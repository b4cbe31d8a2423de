import type { MessageBroker } from "../brokers/message-broker.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { type DrainOptions, drain } from "../queue/drain.js";
import { QueueWorker } from "../queue/queue-worker.js";
import { type WorkerOptions, workerSettings } from "../queue/worker-options.js";
import type { Outbox } from "./outbox.js";
import { Publisher } from "./publisher.js";

export interface RelayOptions extends WorkerOptions {
  /** Where the events were added. */
  readonly outbox: Outbox;
  /** Where they go. Whoever made it closes it, after the relay. */
  readonly broker: MessageBroker;
}

/** Publishes what an outbox keeps, until it is closed. */
export interface Relay extends AsyncDisposable {
  /** Reads nothing more, waits for what is being published, and lets others take over at once. */
  close(): Promise<void>;
  /**
   * Waits until nothing is pending: all that was added before has been published, by whichever relay, or is a dead letter.
   * What waits for another try is pending. It closes nothing: a job that ends drains, then closes. Rejects with the
   * signal's reason when that aborts, at most 50 ms later.
   */
  drain(options?: DrainOptions): Promise<void>;
}

/**
 * Starts to publish what an outbox keeps: in batches, the messages of one topic and key in their order, others at the
 * same time, each at least once and with the same id on every try (rules O2 to O6). It writes down what the broker has
 * taken only after that. Any number of relays may run, in this process or elsewhere; each serves its share, and takes
 * over from one that was killed when that one's lease has ended.
 *
 * A message that fails is tried again, ever later, and those of its key wait for it; after `maxAttempts` it is a dead
 * letter. Each topic has a circuit breaker: one that takes nothing at all is left alone for a while, from 250 ms up to 30 s;
 * others go on, and no message is blamed for it.
 *
 * Resolves when the relay has joined those that run.
 *
 * @throws {InvalidOptionError} an option is out of range.
 * @throws {WorkerNameTakenError} a relay of this name is alive.
 * @throws {MigrationError} the store's tables are missing, or of another version.
 *
 * @example
 * ```ts
 * import { NotificationEvent } from "sluice";
 * import { MemoryMessageBroker } from "sluice/brokers";
 * import { MessageRegistry } from "sluice/messages";
 * import { MemoryOutbox, startRelay } from "sluice/outbox";
 *
 * class OrderPlaced extends NotificationEvent<{ orderId: string }> {
 *   constructor(orderId: string) {
 *     super({ eventName: "order.placed", topic: "orders", key: orderId, payload: { orderId } });
 *   }
 * }
 *
 * const outbox = new MemoryOutbox({ registry: new MessageRegistry().register("order.placed", OrderPlaced) });
 * const broker = new MemoryMessageBroker();
 * await broker.subscribe({ topics: ["orders"], onMessage: ({ payload }) => console.log(payload) });
 * const relay = await startRelay({ outbox, broker });
 *
 * const tx = outbox.begin();
 * outbox.add(new OrderPlaced("o-1"), tx);
 * tx.commit();
 *
 * await relay.drain();
 * await relay.close();
 * await broker.close();
 * ```
 * ```console
 * { orderId: 'o-1' }
 * ```
 */
export async function startRelay({ outbox, broker, ...options }: RelayOptions): Promise<Relay> {
  if (typeof outbox?.queue?.rows?.claim !== "function")
    throw new InvalidOptionError("startRelay outbox", outbox, "an outbox, such as a PostgresOutbox");
  if (typeof broker?.publish !== "function")
    throw new InvalidOptionError("startRelay broker", broker, "a MessageBroker, with publish and close");
  const settings = workerSettings("relay", options);
  const publisher = new Publisher(broker, outbox.registry, settings.logger);
  const worker = await new QueueWorker(outbox.queue, publisher, settings).start();
  return {
    close: () => worker.close(),
    drain: (options) => drain(outbox.queue, options),
    [Symbol.asyncDispose]: () => worker.close(),
  };
}
