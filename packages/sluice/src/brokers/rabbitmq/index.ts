export { RabbitMQBroker } from "./rabbitmq-broker.js";
export type { RabbitMQBrokerOptions, RabbitMQConnectionOptions } from "./rabbitmq-broker-options.js";
export type {
  RabbitMQChannel,
  RabbitMQConnection,
  RabbitMQDelivery,
  RabbitMQEnvelope,
  RabbitMQProperties,
} from "./rabbitmq-client.js";
