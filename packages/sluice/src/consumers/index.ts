export { consume } from "./consume.js";
export type { ConsumeOptions } from "./consume-options.js";
export { DeadlyMessageError } from "./consumer-errors.js";
export { type DeadLetterReason, deadLetterReason } from "./dead-letter-headers.js";
export { replayDeadLetter } from "./replay.js";
export type { RetryOptions } from "./retry-policy.js";
export { type StoreIncomingOptions, storeIncoming } from "./store-incoming.js";
