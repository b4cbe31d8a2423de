export { BrokerClosedError } from "./broker-closed-error.js";
export type { BrokerFeatures } from "./broker-features.js";
export { type CloudEventsOptions, cloudEvents } from "./cloud-events.js";
export { MalformedMessageError } from "./malformed-message-error.js";
export { MemoryMessageBroker, type MemoryMessageBrokerOptions } from "./memory-message-broker.js";
export type { DeadLetter } from "./memory-subscription.js";
export { BrokerUnavailableError, MessageRefusedError, PublishFailedError } from "./publish-errors.js";
export { RetryLater } from "./retry-later.js";
export type { WireBinding, WireFormat, WireMessage } from "./wire-format.js";
