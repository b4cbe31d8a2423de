import { clusterOf, kafkaBroker, kafkaNode } from "./kafka-broker.js";
import type { RunningServer, StartOptions } from "./service.js";
import { startServer } from "./start-server.js";

export interface RunningKafkaCluster {
  /** All brokers, as clients take them. */
  readonly url: string;
  readonly brokers: readonly RunningServer[];
  stop(): Promise<void>;
}

/** Brokers that keep copies of each other's topics; every one is a controller too. */
export async function startKafkaCluster(
  options: Pick<StartOptions, "settings" | "env"> & {
    /** An odd number. @default 3 */
    readonly brokers?: number;
  } = {},
): Promise<RunningKafkaCluster> {
  const ids = Array.from({ length: options.brokers ?? 3 }, (_, index) => index + 1);
  const nodes = await Promise.all(ids.map((id) => kafkaNode(id)));
  const cluster = clusterOf(nodes, options);
  // Together, for none of them gets anywhere alone.
  const started = await Promise.allSettled(nodes.map((node) => startServer(kafkaBroker(cluster, node, {}))));
  const brokers = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const stop = async () => {
    // Asked to end, each would wait for the others, which end as well; and nobody needs their data any more.
    await Promise.all(brokers.map((broker) => broker.kill()));
    await Promise.all(brokers.map((broker) => broker.stop()));
  };
  const failed = started.find((each) => each.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { url: brokers.map(({ url }) => url).join(","), brokers, stop };
}
