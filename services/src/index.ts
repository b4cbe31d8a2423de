export { kafka } from "./kafka.js";
export { type RunningKafkaCluster, startKafkaCluster } from "./kafka-cluster.js";
export { mariadb } from "./mariadb.js";
export { nats } from "./nats.js";
export { postgres } from "./postgres.js";
export { type Installed, notHere } from "./program.js";
export { programs } from "./programs.js";
export { rabbitmq } from "./rabbitmq.js";
export { redis } from "./redis.js";
export type {
  DatabaseService,
  RunningDatabase,
  RunningServer,
  Service,
  StartOptions,
} from "./service.js";
export { TcpProxy } from "./tcp-proxy.js";
