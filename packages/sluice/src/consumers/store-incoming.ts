/// <reference lib="esnext.disposable" preserve="true" />
import type { Subscription } from "../brokers/subscribe-options.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Inbox } from "../inbox/inbox.js";
import { InboxRefusedError } from "../inbox/inbox-errors.js";
import { type StartOptions, startConsumer } from "./start-consumer.js";

export interface StoreIncomingOptions extends Omit<StartOptions, "registry" | "circuitBreaker" | "pauseMs"> {
  /** Where messages are kept until a worker handles them; its registry names what may come. */
  readonly inbox: Pick<Inbox, "add" | "registry">;
}

/**
 * Stores what arrives at a broker in an inbox, and acknowledges it; a worker of that inbox hands it to a mediator later
 * (rule O8). Resolves when the subscription stands.
 *
 * For handlers that take long, or are to be tried for days: the broker is rid of the message at once, and its retries, dead
 * letters and order per key are the inbox's. A message that comes again is stored once.
 *
 * What cannot be read, is not registered, or is too large for the inbox is a dead letter at once. While the database cannot be
 * reached, a message is tried again as {@link consume} does it; then it is a dead letter of the broker.
 *
 * @throws {InvalidOptionError} an option is out of range, or the broker has no subscriptions.
 *
 * @example
 * ```ts
 * import { bootstrap, Command } from "sluice";
 * import { MemoryMessageBroker } from "sluice/brokers";
 * import { storeIncoming } from "sluice/consumers";
 * import { MemoryInbox, startInboxWorker } from "sluice/inbox";
 * import { MessageRegistry } from "sluice/messages";
 *
 * class MakeReport extends Command {
 *   constructor(readonly month: string) { super(); }
 * }
 *
 * const inbox = new MemoryInbox({ registry: new MessageRegistry().register("report.make", MakeReport) });
 * const broker = new MemoryMessageBroker();
 * const consumer = await storeIncoming({ broker, topics: ["reports"], group: "reporting", inbox });
 *
 * const mediator = bootstrap({
 *   commandsMapper: (map) => map.bind(MakeReport, async ({ month }) => console.log(`report of ${month}`)),
 * });
 * const worker = await startInboxWorker({ inbox, mediator });
 * await consumer.close();
 * await worker.close();
 * await broker.close();
 * ```
 */
export async function storeIncoming(options: StoreIncomingOptions): Promise<Subscription> {
  const { inbox } = options;
  if (typeof inbox?.add !== "function")
    throw new InvalidOptionError("storeIncoming inbox", inbox, "an inbox, such as a PostgresInbox");
  return startConsumer(
    "storeIncoming",
    { ...options, registry: inbox.registry },
    {
      refusal: () => undefined,
      isFinal: (error) => error instanceof InboxRefusedError,
      async handle({ id, key, headers }, handled) {
        await inbox.add([[id, handled, { key, headers }]]);
      },
    },
  );
}
