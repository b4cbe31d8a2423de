import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { assignAllTopics } from "./assign-partitions.js";
import type { KafkaSettings } from "./kafka-broker-options.js";
import type {
  KafkaAdmin,
  KafkaApi,
  KafkaClient,
  KafkaConsumer,
  KafkaConsumerOptions,
  KafkaDriver,
  KafkaProducer,
} from "./kafka-client.js";

const metadataMaxAgeMs = 30_000;

/** Gives the clients that are needed: the user's own, or such as are made here, which are closed here. */
export class KafkaConnection {
  readonly #settings: KafkaSettings;
  readonly #made: { close(): Promise<void> }[] = [];
  #driver: Promise<KafkaDriver> | undefined;
  #producer: Promise<KafkaProducer> | undefined;
  #admin: Promise<KafkaAdmin> | undefined;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  producer(): Promise<KafkaProducer> {
    this.#producer ??= this.#makeProducer();
    return this.#producer;
  }

  admin(): Promise<KafkaAdmin> {
    this.#admin ??= this.#makeAdmin();
    return this.#admin;
  }

  async consumer(options: KafkaConsumerOptions): Promise<KafkaConsumer> {
    const { clients } = this.#settings;
    const { Consumer, cooperativeStickyAssigner } = await this.#load();
    const all = { ...options, partitionAssigner: assignAllTopics(cooperativeStickyAssigner) };
    return clients === undefined ? new Consumer({ ...this.#own(), ...all }) : clients.consumer(all);
  }

  /** A call of the protocol that the driver has, but offers no method for. */
  async call(client: KafkaClient, nodeId: number, name: string, ...args: unknown[]): Promise<unknown> {
    const [{ kGetApi }, connections] = await Promise.all([this.#load(), client.connectToBrokers([nodeId])]);
    const getApi = (client as unknown as Record<symbol, GetApi | undefined>)[kGetApi];
    if (getApi === undefined)
      throw new InvalidOptionError(
        "KafkaBroker clients",
        client,
        "clients of the same copy of @platformatic/kafka that sluice loads",
        "Run: npm ls @platformatic/kafka",
      );
    const connection = connections.get(nodeId);
    if (connection === undefined) throw new Error(`Server ${nodeId} is not in the cluster right now.`);
    return new Promise((resolve, reject) => {
      const answer = (error: Error | null, response: unknown) => (error ? reject(error) : resolve(response));
      getApi.call(client, name, (error, api) => (error ? reject(error) : api(connection, ...args, answer)));
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#made.map((client) => client.close()));
  }

  #own() {
    const { bootstrapBrokers, clientId, tls, sasl, idleTimeoutMs } = this.#settings;
    return {
      bootstrapBrokers: [...(bootstrapBrokers ?? [])],
      clientId,
      requestTimeout: idleTimeoutMs,
      ...(tls && { tls }),
      ...(sasl && { sasl }),
    };
  }

  async #makeProducer(): Promise<KafkaProducer> {
    const { clients } = this.#settings;
    if (clients !== undefined) return clients.producer;
    const { Producer } = await this.#load();
    // What is tried again, and when, is decided by the publisher.
    const options = { retries: 0, metadataMaxAge: metadataMaxAgeMs };
    const producer = new Producer({ ...this.#own(), ...options });
    this.#made.push(producer);
    return producer;
  }

  async #makeAdmin(): Promise<KafkaAdmin> {
    const { clients } = this.#settings;
    if (clients?.admin !== undefined) return clients.admin;
    if (clients !== undefined)
      throw new InvalidOptionError("KafkaBroker clients.admin", undefined, "an Admin, to make topics with");
    const { Admin } = await this.#load();
    const admin = new Admin(this.#own());
    this.#made.push(admin);
    return admin;
  }

  #load(): Promise<KafkaDriver> {
    this.#driver ??= loadDriver();
    return this.#driver;
  }
}

type GetApi = (name: string, callback: (error: Error | null, api: KafkaApi) => void) => void;

async function loadDriver(): Promise<KafkaDriver> {
  try {
    return (await import("@platformatic/kafka")) as unknown as KafkaDriver;
  } catch (error) {
    throw new InvalidOptionError(
      "KafkaBroker driver",
      error,
      "the package @platformatic/kafka",
      "Run: npm install @platformatic/kafka",
    );
  }
}
