export { NatsBroker } from "./nats-broker.js";
export type { NatsBrokerOptions, NatsStreamOptions } from "./nats-broker-options.js";
export type { NatsConnection, NatsConnectOptions } from "./nats-connection.js";
