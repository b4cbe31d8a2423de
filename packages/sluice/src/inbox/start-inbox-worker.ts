import type { ContainerScope } from "../containers/container.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Mediator } from "../mediator/mediator.js";
import { type DrainOptions, drain } from "../queue/drain.js";
import { QueueWorker } from "../queue/queue-worker.js";
import { type WorkerOptions, workerSettings } from "../queue/worker-options.js";
import { Dispatcher } from "./dispatcher.js";
import type { RunInTransaction } from "./in-transaction.js";
import type { Inbox } from "./inbox.js";

export interface InboxWorkerOptions<Tx> extends WorkerOptions {
  /** Where the messages were stored. */
  readonly inbox: Inbox<Tx>;
  /**
   * Handles them: requests are sent, those that stream are read to their end, domain events published. Whoever made it
   * closes it, after the worker.
   */
  readonly mediator: Mediator;
  /**
   * How many messages of a batch are handled at the same moment. From 1 to 1,000; with a `transaction`, as many
   * connections are in use.
   * @default 10
   */
  readonly concurrency?: number | undefined;
  /**
   * Runs one message's handler, and marks the message as done, in one transaction: begins it, awaits `work`, and commits
   * or, when that rejects, rolls back. With it, what the handler writes there happens once; without it, a message whose
   * worker was killed is handled again.
   */
  readonly transaction?: RunInTransaction<Tx> | undefined;
  /** Hands the transaction to the handlers: the scope that they are resolved in (rule U3). */
  readonly scope?: ((tx: Tx) => ContainerScope) | undefined;
}

/** Has stored messages handled, until it is closed. */
export interface InboxWorker extends AsyncDisposable {
  /** Reads nothing more, waits for the handlers at work, and lets others take over at once. */
  close(): Promise<void>;
  /**
   * Waits until nothing is pending: all that was stored before has been handled, by whichever worker, or is a dead letter.
   * What waits for another try is pending. It closes nothing. Rejects with the signal's reason when that aborts, at most
   * 50 ms later.
   */
  drain(options?: DrainOptions): Promise<void>;
}

/**
 * Starts to handle what an inbox stores, through a mediator: messages of one key in their order, others at the same
 * time. Retries, dead letters, leases, and how several workers share the work are those of `startRelay`. A message that
 * cannot be read is a dead letter at once; an event that nothing is bound to is not done (rule O8).
 *
 * @throws {InvalidOptionError} an option is out of range.
 * @throws {WorkerNameTakenError} a worker of this name is alive.
 * @throws {MigrationError} the store's tables are missing, or of another version.
 *
 * @example
 * ```ts
 * import { bootstrap, Command } from "sluice";
 * import { MemoryInbox, startInboxWorker } from "sluice/inbox";
 * import { MessageRegistry } from "sluice/messages";
 *
 * class ReserveStock extends Command {
 *   constructor(readonly orderId: string) { super(); }
 * }
 *
 * const inbox = new MemoryInbox({ registry: new MessageRegistry().register("stock.reserve", ReserveStock) });
 * console.log(inbox.add([["m-1", new ReserveStock("o-1")], ["m-1", new ReserveStock("o-1")]]));
 *
 * const mediator = bootstrap({
 *   commandsMapper: (map) => map.bind(ReserveStock, async ({ orderId }) => console.log(`reserved for ${orderId}`)),
 * });
 * const worker = await startInboxWorker({ inbox, mediator });
 * await worker.drain();
 * await worker.close();
 * ```
 * ```console
 * [ true, false ]
 * reserved for o-1
 * ```
 */
export async function startInboxWorker<Tx>(options: InboxWorkerOptions<Tx>): Promise<InboxWorker> {
  const { inbox, mediator, concurrency = 10, transaction, scope, ...rest } = options;
  if (typeof inbox?.queue?.rows?.claim !== "function")
    throw new InvalidOptionError("startInboxWorker inbox", inbox, "an inbox, such as a PostgresInbox");
  if (typeof mediator?.handles !== "function")
    throw new InvalidOptionError("startInboxWorker mediator", mediator, "a mediator that bootstrap() made");
  if (!(Number.isSafeInteger(concurrency) && concurrency >= 1 && concurrency <= 1_000))
    throw new InvalidOptionError(
      "startInboxWorker concurrency",
      concurrency,
      "a whole number from 1 to 1,000",
    );
  if (scope !== undefined && transaction === undefined)
    throw new InvalidOptionError("startInboxWorker scope", scope, "to be given together with transaction");
  const settings = workerSettings("inbox", { batchSize: 100, ...rest });
  const dispatcher = new Dispatcher({ inbox, mediator, concurrency, transaction, scope });
  const worker = await new QueueWorker(inbox.queue, dispatcher, settings).start();
  return {
    close: () => worker.close(),
    drain: (options) => drain(inbox.queue, options),
    [Symbol.asyncDispose]: () => worker.close(),
  };
}
