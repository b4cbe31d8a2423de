import { clusterOf, kafkaBroker, kafkaNode } from "./kafka-broker.js";
import { installKafka, kafkaInstalled, missingKafkaPackages } from "./kafka-programs.js";
import type { Service, StartOptions } from "./service.js";
import { startServer } from "./start-server.js";

/**
 * A Kafka broker that is its own controller (KRaft), from Maven Central. `settings` as in server.properties: without
 * `log.flush.interval.messages` it acknowledges what outlives a kill, but not yet a power cut.
 */
export const kafka: Service = {
  ...kafkaInstalled,

  get packages() {
    return missingKafkaPackages();
  },

  install: installKafka,

  async start(options: StartOptions = {}) {
    const node = await kafkaNode(1, options.port);
    return startServer(kafkaBroker(clusterOf([node], options), node, options));
  },
};
