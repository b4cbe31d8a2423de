export { KafkaBroker } from "./kafka-broker.js";
export type { KafkaBrokerOptions, KafkaClients, KafkaCreateTopics } from "./kafka-broker-options.js";
export type {
  KafkaAdmin,
  KafkaClient,
  KafkaConsumer,
  KafkaConsumerOptions,
  KafkaProducer,
  KafkaSasl,
  KafkaTls,
} from "./kafka-client.js";
