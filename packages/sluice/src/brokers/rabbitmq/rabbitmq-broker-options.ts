import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { type BrokerOptions, type BrokerSettings, brokerSettings } from "../broker-options.js";
import type { Message } from "../message.js";
import type { RabbitMQConnection } from "./rabbitmq-client.js";

/** Where RabbitMQ is, and who connects. A `Connection` of your own has more options. */
export interface RabbitMQConnectionOptions {
  /** `amqp://user:password@host:5672/vhost`, or `amqps:` for TLS. @default "amqp://guest:guest@localhost:5672" */
  readonly url?: string | undefined;
  /** Nodes of a cluster, each `host:port`, tried in turn. @default the one of the URL */
  readonly hosts?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly vhost?: string | undefined;
  /** `true`, or options of `tls.connect`: `ca`, `cert`, `key`, `servername`. @default by the URL */
  readonly tls?: boolean | object | undefined;
  /** The largest frame, in bytes, and with it the most that headers may take. Not more than the server's. @default 131_072 */
  readonly frameMax?: number | undefined;
  /** In seconds; two without a word end the connection. @default half of `idleTimeoutMs` */
  readonly heartbeat?: number | undefined;
  /** What the server's management shows. @default "sluice" */
  readonly connectionName?: string | undefined;
}

export interface RabbitMQBrokerOptions extends BrokerOptions {
  /**
   * A `Connection` of rabbitmq-client, which stays open when the broker closes; or what to connect by: then the broker has
   * two connections, one to publish on and one to consume on, so that a server that is short of memory or disk and takes
   * no messages still takes acknowledgements.
   */
  readonly connection: RabbitMQConnection | RabbitMQConnectionOptions;
  /** A second `Connection` of rabbitmq-client, to consume on. @default `connection` */
  readonly consumerConnection?: RabbitMQConnection | undefined;
  /** The exchange of a topic. @default the topic's name */
  readonly exchangeOf?: ((topic: string) => string) | undefined;
  /** The queue of a group at a topic. @default `<topic>.<group>` */
  readonly queueOf?: ((topic: string, group: string) => string) | undefined;
  /** Up to 255 bytes. @default the message's name, so that others bind to `order.*` */
  readonly routingKeyOf?: ((message: Message) => string) | undefined;
  /**
   * Whether exchanges, queues and bindings are made where they are missing. `false` only looks whether they are there, and
   * makes none, except for the private queue of a subscriber without a group; there is no delay at the broker then.
   * @default true
   */
  readonly declare?: boolean | undefined;
  /**
   * What kind a group's queue is. A quorum queue is replicated and counts deliveries; of a classic one `attempt` says no
   * more than 1 or 2 after a crash.
   * @default "quorum"
   */
  readonly queueType?: "quorum" | "classic" | undefined;
  /**
   * Whether one member of a group at a time gets all its messages, so that the whole group keeps the order per key; the
   * others stand by. `false` spreads messages over all members, and each keeps the order of what it is given.
   * @default true
   */
  readonly singleActiveConsumer?: boolean | undefined;
  /** What becomes of a message that no queue is bound for: `"refuse"` makes `publish` reject. @default "refuse" */
  readonly unroutable?: "refuse" | "drop" | undefined;
}

export interface RabbitMQSettings extends BrokerSettings {
  readonly declare: boolean;
  readonly queueType: "quorum" | "classic";
  readonly singleActiveConsumer: boolean;
  readonly unroutable: "refuse" | "drop";
}

/** @throws {InvalidOptionError} an option is out of range. */
export function rabbitMQSettings(options: RabbitMQBrokerOptions): RabbitMQSettings {
  const { connection, consumerConnection } = options;
  if (typeof connection !== "object" || connection === null)
    throw invalid("connection", connection, "a Connection of rabbitmq-client, or options for one");
  if (consumerConnection !== undefined && typeof consumerConnection?.acquire !== "function")
    throw invalid("consumerConnection", consumerConnection, "a Connection of rabbitmq-client");
  const oneOf = <T>(name: keyof RabbitMQBrokerOptions, otherwise: T, all: readonly T[]): T => {
    const given = (options[name] ?? otherwise) as T;
    if (all.includes(given)) return given;
    throw invalid(name, given, all.map((each) => JSON.stringify(each)).join(" or "));
  };
  for (const name of ["exchangeOf", "queueOf", "routingKeyOf"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function")
      throw invalid(name, options[name], "a function");
  }
  return {
    ...brokerSettings("RabbitMQBroker", options),
    declare: oneOf("declare", true, [true, false]),
    queueType: oneOf("queueType", "quorum", ["quorum", "classic"]),
    singleActiveConsumer: oneOf("singleActiveConsumer", true, [true, false]),
    unroutable: oneOf("unroutable", "refuse", ["refuse", "drop"]),
  };
}

function invalid(option: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`RabbitMQBroker ${option}`, given, expected);
}
