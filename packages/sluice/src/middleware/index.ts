export type { LoggingOptions } from "./log-entry.js";
export { logging } from "./logging.js";
export { retry } from "./retry.js";
export type { RetryOptions } from "./retry-policy.js";
export { type TimeoutOptions, timeout } from "./timeout.js";
export { TimeoutError } from "./timeout-error.js";
export { type ValidationOptions, validation } from "./validation.js";
