export { BrokerClosedError } from "./broker-closed-error.js";
export { MemoryMessageBroker, type MemoryMessageBrokerOptions } from "./memory-message-broker.js";
export type { DeadLetter } from "./memory-subscription.js";
export { BrokerUnavailableError, MessageRefusedError, PublishFailedError } from "./publish-errors.js";
