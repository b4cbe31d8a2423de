export { MemoryTransaction } from "../queue/memory-transaction.js";
export { TransactionError, WorkerNameTakenError } from "../queue/queue-errors.js";
export type { QueueRecord, QueueRow, QueueState } from "../queue/queue-row.js";
export type {
  Claim,
  Lease,
  QueueDesk,
  QueueLeases,
  QueueRows,
  QueueStats,
  QueueStore,
  RowFailure,
  RowFilter,
  Worker,
} from "../queue/queue-store.js";
export { WakeUp } from "../queue/wake-up.js";
export type { WorkerOptions } from "../queue/worker-options.js";
export type { WorkerReport } from "../queue/worker-report.js";
export { MemoryOutbox } from "./memory-outbox.js";
export type { AddOptions, Outbox } from "./outbox.js";
export { type OutboxBrokerOptions, outboxBroker } from "./outbox-broker.js";
export { NoUnitOfWorkError, OutboxRefusedError } from "./outbox-errors.js";
export type { OutboxOptions } from "./rows-of-events.js";
export { type Relay, type RelayOptions, startRelay } from "./start-relay.js";
