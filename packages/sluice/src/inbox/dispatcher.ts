import { metadataOf } from "../brokers/metadata-of.js";
import type { ContainerScope } from "../containers/container.js";
import type { Mediator } from "../mediator/mediator.js";
import { UndecodableError } from "../messages/message-errors.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { Headers } from "../messages/metadata.js";
import { isRequest } from "../messages/request.js";
import type { Blame, Deliverer, Delivery, FailedRow } from "../queue/deliverer.js";
import type { QueueRow } from "../queue/queue-row.js";
import type { Lease } from "../queue/queue-store.js";
import { type HandledMessage, type HandleOptions, handleMessage } from "./handle-message.js";
import { inTransaction, type RunInTransaction } from "./in-transaction.js";
import type { Inbox } from "./inbox.js";
import { LeaseLostError, UnhandledEventError } from "./inbox-errors.js";

export interface DispatcherOptions<Tx> {
  readonly inbox: Inbox<Tx>;
  readonly mediator: Mediator;
  readonly concurrency: number;
  readonly transaction: RunInTransaction<Tx> | undefined;
  readonly scope: ((tx: Tx) => ContainerScope) | undefined;
}

/** Hands stored messages to a mediator, those of one key one after another (rule O8). */
export class Dispatcher<Tx> implements Deliverer {
  readonly #options: DispatcherOptions<Tx>;

  constructor(options: DispatcherOptions<Tx>) {
    this.#options = options;
  }

  paused() {
    return { topics: [], nextInMs: Number.POSITIVE_INFINITY };
  }

  async deliver(rows: readonly QueueRow[], leases: readonly Lease[], signal: AbortSignal): Promise<Delivery> {
    const finished: QueueRow[] = [];
    const failed: FailedRow[] = [];
    const keys = Map.groupBy(rows, ({ keyHash }) => keyHash).values();
    const serveKeys = async () => {
      for (const ofKey of keys) {
        for (const row of ofKey) {
          if (signal.aborted) return;
          const failure = await this.#handle(row, leases, signal);
          if (failure === "aborted" || failure === "lost") break;
          if (failure === undefined) finished.push(row);
          else failed.push(failure);
          if (failure !== undefined && failure.blame !== "final") break;
        }
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, serveKeys));
    return this.#options.transaction ? { done: [], marked: finished, failed } : { done: finished, failed };
  }

  async #handle(
    row: QueueRow,
    leases: readonly Lease[],
    signal: AbortSignal,
  ): Promise<FailedRow | "aborted" | "lost" | undefined> {
    const { inbox, mediator, transaction } = this.#options;
    const decoded = decode(row, inbox.registry);
    if (!decoded.ok) return failure(row, decoded.error, "final");
    const message = decoded.message as HandledMessage;
    const options = { metadata: metadataOf(row.messageId, decoded.headers), signal };
    try {
      if (!isRequest(message) && !mediator.handles(message)) throw new UnhandledEventError(row.name);
      if (transaction === undefined) await handleMessage(mediator, message, options);
      else await this.#inTransaction(transaction, row, leases, message, options);
      return undefined;
    } catch (error) {
      if (error instanceof LeaseLostError) return "lost";
      return signal.aborted ? "aborted" : failure(row, error, "message");
    }
  }

  async #inTransaction(
    transaction: RunInTransaction<Tx>,
    row: QueueRow,
    leases: readonly Lease[],
    message: HandledMessage,
    options: HandleOptions,
  ): Promise<void> {
    const { inbox, mediator, scope } = this.#options;
    await inTransaction(transaction, "startInboxWorker transaction", async (tx) => {
      await handleMessage(mediator, message, scope ? { ...options, scope: scope(tx) } : options);
      const lease = leases.find(({ bucket }) => bucket === row.bucket) as Lease;
      if (!(await inbox.finish(row, lease, tx))) throw new LeaseLostError(row.messageId);
    });
  }
}

function failure(row: QueueRow, error: unknown, blame: Blame): FailedRow {
  return { row, error, blame };
}

/** Whoever writes rows without this library may write anything, also headers that are no JSON. */
function decode({ messageId: id, name, body, headers: text }: QueueRow, registry: MessageRegistry) {
  try {
    const headers: Headers = JSON.parse(text);
    return { ...registry.decode(name, body, { id, headers }), headers };
  } catch (cause) {
    return { ok: false as const, error: new UndecodableError(name, body, cause) };
  }
}
