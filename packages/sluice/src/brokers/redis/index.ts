export { RedisBroker } from "./redis-broker.js";
export type { RedisBrokerOptions } from "./redis-broker-options.js";
export type { RedisClient, RedisConnectionOptions } from "./redis-client.js";
