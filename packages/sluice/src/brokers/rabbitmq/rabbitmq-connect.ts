import { BrokerUnavailableError } from "../publish-errors.js";
import type { RabbitMQBrokerOptions, RabbitMQConnectionOptions } from "./rabbitmq-broker-options.js";
import type { RabbitMQConnection } from "./rabbitmq-client.js";
import { RabbitMQLink } from "./rabbitmq-link.js";

/** What the driver is told where the user says nothing of it. */
const defaults = {
  // The driver's own 8 kB leave little room for headers, which must fit into one frame.
  frameMax: 131_072,
  retryLow: 200,
  retryHigh: 1_000,
};

/** The connections of a broker, each made when it is first needed. */
export class RabbitMQLinks {
  readonly #options: RabbitMQBrokerOptions;
  /** In seconds. */
  readonly #heartbeat: number;
  #publishing: Promise<RabbitMQLink> | undefined;
  #consuming: Promise<RabbitMQLink> | undefined;

  constructor(options: RabbitMQBrokerOptions, idleTimeoutMs: number) {
    this.#options = options;
    // The driver looks twice within a heartbeat, and gives up when it has heard nothing four times.
    this.#heartbeat = Math.max(1, Math.floor(idleTimeoutMs / 2_000));
  }

  publishing(): Promise<RabbitMQLink> {
    this.#publishing ??= link(this.#options.connection, "publish", this.#heartbeat);
    return this.#publishing;
  }

  consuming(): Promise<RabbitMQLink> {
    const { connection, consumerConnection } = this.#options;
    if (consumerConnection === undefined && isConnection(connection)) return this.publishing();
    this.#consuming ??= link(consumerConnection ?? connection, "consume", this.#heartbeat);
    return this.#consuming;
  }

  async release(): Promise<void> {
    const links = await Promise.allSettled([this.#publishing, this.#consuming]);
    await Promise.all(links.map((each) => each.status === "fulfilled" && each.value?.release()));
  }
}

async function link(
  given: RabbitMQConnection | RabbitMQConnectionOptions,
  use: string,
  heartbeat: number,
): Promise<RabbitMQLink> {
  if (isConnection(given)) return new RabbitMQLink(given, "RabbitMQ", false);
  const { connectionName = "sluice" } = given;
  const options = { ...defaults, heartbeat, ...given, connectionName: `${connectionName} (${use})` };
  const Connection = await driver();
  return new RabbitMQLink(new Connection(options), whereOf(given), true);
}

async function driver(): Promise<new (options: object) => RabbitMQConnection> {
  try {
    const { Connection } = await import("rabbitmq-client");
    return Connection as never;
  } catch (error) {
    const what = "its driver cannot be loaded; run `npm install rabbitmq-client`";
    throw new BrokerUnavailableError(what, { cause: error });
  }
}

function isConnection(given: object): given is RabbitMQConnection {
  return typeof (given as { acquire?: unknown }).acquire === "function";
}

/** Never with the password. */
function whereOf({ url, hosts, username }: RabbitMQConnectionOptions): string {
  const { host, username: user } = new URL(url ?? "amqp://guest@localhost:5672");
  return `${hosts?.join(", ") ?? host} (user ${JSON.stringify(username ?? decodeURIComponent(user))})`;
}
