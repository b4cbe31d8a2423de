export type { MaybePromise } from "../queue/maybe-promise.js";
export { MemoryTransaction } from "../queue/memory-transaction.js";
export type { WorkerOptions } from "../queue/worker-options.js";
export type { WorkerReport } from "../queue/worker-report.js";
export type { Inbox, InboxEntry, InboxEntryOptions } from "./inbox.js";
export { InboxRefusedError, LeaseLostError, UnhandledEventError } from "./inbox-errors.js";
export { MemoryInbox } from "./memory-inbox.js";
export type { InboxOptions } from "./rows-of-entries.js";
export { type InboxWorker, type InboxWorkerOptions, startInboxWorker } from "./start-inbox-worker.js";
