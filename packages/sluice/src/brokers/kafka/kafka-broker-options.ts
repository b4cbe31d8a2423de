import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { type BrokerOptions, type BrokerSettings, brokerSettings } from "../broker-options.js";
import type {
  KafkaAdmin,
  KafkaConsumer,
  KafkaConsumerOptions,
  KafkaProducer,
  KafkaSasl,
  KafkaTls,
} from "./kafka-client.js";

/** Clients of @platformatic/kafka that you make yourself. */
export interface KafkaClients {
  /** Is yours: the broker does not close it. */
  readonly producer: KafkaProducer;
  /**
   * Makes a consumer with these options and your own: `(options) => new Consumer({ ...mine, ...options })`. The broker
   * asks for two for each subscription, and closes them with it.
   */
  readonly consumer: (options: KafkaConsumerOptions) => KafkaConsumer;
  /** Needed with `createTopics`. Is yours: the broker does not close it. */
  readonly admin?: KafkaAdmin | undefined;
}

export interface KafkaBrokerOptions extends BrokerOptions {
  /** Servers of the cluster, `host:port` each; the others are found through them. This or `clients`. */
  readonly bootstrapBrokers?: readonly string[] | undefined;
  /** What the servers call this client in their logs and quotas. @default "sluice" */
  readonly clientId?: string | undefined;
  /** As `tls.connect` of Node takes them; `{}` for TLS with the authorities that Node knows. @default no TLS */
  readonly tls?: KafkaTls | undefined;
  /** @default no authentication */
  readonly sasl?: KafkaSasl | undefined;
  /** Your own clients, in place of those that are made of the options above. */
  readonly clients?: KafkaClients | undefined;
  /**
   * Makes a topic that does not exist when it is published or subscribed to. @default it is an error
   */
  readonly createTopics?: KafkaCreateTopics | undefined;
  /**
   * After how long without a sign of life a member of a group is taken for dead, in milliseconds: the cluster allows from
   * 6,000 to 1,800,000. A process whose event loop stands still for longer loses its partitions.
   * @default 20_000
   */
  readonly sessionTimeoutMs?: number | undefined;
  /** How often offsets are committed at most, in milliseconds from 10 up. @default 200 */
  readonly commitIntervalMs?: number | undefined;
}

export interface KafkaCreateTopics {
  /** @default the cluster's `num.partitions` */
  readonly partitions?: number | undefined;
  /** @default the cluster's `default.replication.factor` */
  readonly replicas?: number | undefined;
}

export interface KafkaSettings extends Omit<KafkaBrokerOptions, keyof BrokerOptions>, BrokerSettings {
  readonly clientId: string;
  readonly sessionTimeoutMs: number;
  readonly commitIntervalMs: number;
  /** Where it connects to, for people. */
  readonly servers: string;
}

/** @throws {InvalidOptionError} an option is out of range, or there is nothing to connect to. */
export function kafkaSettings(options: KafkaBrokerOptions): KafkaSettings {
  const { bootstrapBrokers, clients, createTopics, clientId = "sluice" } = options;
  if (clients === undefined) checkServers(bootstrapBrokers);
  else if (typeof clients.producer?.initIdempotentProducer !== "function")
    throw invalid("clients.producer", clients.producer, "a Producer of @platformatic/kafka");
  else if (typeof clients.consumer !== "function")
    throw invalid("clients.consumer", clients.consumer, "a function that makes a Consumer");
  else if (createTopics !== undefined && typeof clients.admin?.createTopics !== "function")
    throw invalid("clients.admin", clients.admin, "an Admin of @platformatic/kafka, for createTopics");
  if (!/^\S+$/.test(clientId)) throw invalid("clientId", clientId, "a string without spaces");
  const whole = (name: WholeOption, otherwise: number, least: number): number => {
    const given = options[name] ?? otherwise;
    if (Number.isSafeInteger(given) && given >= least) return given;
    throw invalid(name, given, `a whole number from ${least} up`);
  };
  return {
    ...options,
    ...brokerSettings("KafkaBroker", options),
    clientId,
    sessionTimeoutMs: whole("sessionTimeoutMs", 20_000, 1_000),
    commitIntervalMs: whole("commitIntervalMs", 200, 10),
    servers: bootstrapBrokers?.join(",") ?? "the cluster of your client",
  };
}

type WholeOption = "sessionTimeoutMs" | "commitIntervalMs";

function checkServers(servers: unknown): void {
  const isServer = (each: unknown) => typeof each === "string" && /^\S+$/.test(each);
  if (!(Array.isArray(servers) && servers.length > 0 && servers.every(isServer)))
    throw invalid("bootstrapBrokers", servers, 'a list of servers, as ["127.0.0.1:9092"]');
}

function invalid(option: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`KafkaBroker ${option}`, given, expected);
}
