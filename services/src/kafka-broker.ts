import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { type KafkaPrograms, kafkaInstalled, kafkaPrograms } from "./kafka-programs.js";
import { notHere } from "./program.js";
import { runToEnd } from "./run-to-end.js";
import { ServerProcess } from "./server-process.js";
import type { StartOptions } from "./service.js";
import { type ServerParts, serverFolder } from "./start-server.js";

/** A node of a cluster, which is broker and controller. */
export interface KafkaNode {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
}

interface KafkaCluster extends Pick<StartOptions, "settings" | "env"> {
  readonly programs: KafkaPrograms;
  readonly clusterId: string;
  readonly nodes: readonly KafkaNode[];
}

/** A node on free ports. */
export async function kafkaNode(id: number, port?: number): Promise<KafkaNode> {
  return { id, port: port ?? (await freePort()), controllerPort: await freePort() };
}

/** Nodes as one cluster, yet without data. */
export function clusterOf(
  nodes: readonly KafkaNode[],
  { settings, env }: Pick<StartOptions, "settings" | "env">,
): KafkaCluster {
  const programs = kafkaPrograms();
  if (programs === undefined) throw notHere(kafkaInstalled);
  const id = crypto.getRandomValues(Buffer.alloc(16));
  id[0] = 0; // An id that begins with a dash would be an option.
  return { programs, clusterId: id.toString("base64url"), nodes, settings, env };
}

/** Enough for tests, started in half the time. Replaced by `env`. */
const javaOptions = "-Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

/** A broker of a cluster, yet to be started. */
export function kafkaBroker(cluster: KafkaCluster, node: KafkaNode, options: StartOptions): ServerParts {
  const { java, classPath } = cluster.programs;
  const folder = serverFolder("kafka", options);
  const cwd = folder.path;
  const file = join(cwd, "server.properties");
  const env = { JDK_JAVA_OPTIONS: javaOptions, ...cluster.env };
  const run = (...args: string[]) => ["-cp", classPath, ...args];
  const program = { path: java, args: run("kafka.Kafka", file), cwd, env, log: join(cwd, "server.log") };
  return {
    name: "Kafka",
    url: `127.0.0.1:${node.port}`,
    port: node.port,
    folder,
    async prepare() {
      const given = {
        ...properties(cluster.nodes, node),
        "log.dirs": join(cwd, "data"),
        ...cluster.settings,
      };
      writeFileSync(
        file,
        Object.entries(given)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(""),
      );
      const format = run("kafka.tools.StorageTool", "format", "-t", cluster.clusterId, "-c", file);
      await runToEnd(java, format, { cwd, env: { ...process.env, ...env } });
    },
    process: new ServerProcess(program, async (said) => {
      if (!said().includes("Kafka Server started")) throw new Error("It has not said that it is started.");
    }),
    signal: "SIGTERM",
  };
}

function properties(nodes: readonly KafkaNode[], { id, port, controllerPort }: KafkaNode) {
  const copies = Math.min(nodes.length, 3);
  return {
    "process.roles": "broker,controller",
    "node.id": id,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.voters": nodes.map((node) => `${node.id}@127.0.0.1:${node.controllerPort}`).join(","),
    "default.replication.factor": copies,
    "min.insync.replicas": Math.min(copies, 2),
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": Math.min(copies, 2),
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": Math.min(copies, 2),
    // Few partitions of its own and small buffers, so that it starts quickly in little memory.
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.num.partitions": 4,
    "log.cleaner.dedupe.buffer.size": 2_097_152,
    // A broker that was killed may come back once the controller has missed it: 2 s instead of 9.
    "broker.session.timeout.ms": 2_000,
    "broker.heartbeat.interval.ms": 500,
    "controlled.shutdown.enable": "false",
    "group.initial.rebalance.delay.ms": 0,
  };
}
