import { pause } from "../../middleware/pause.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import type { KafkaCreateTopics, KafkaSettings } from "./kafka-broker-options.js";
import type { KafkaClient, KafkaMetadata } from "./kafka-client.js";
import type { KafkaConnection } from "./kafka-connection.js";
import { hasApiId, isUnknownTopic } from "./kafka-errors.js";

export interface KafkaTopic {
  /** Which server leads each partition; -1 where none does right now. */
  readonly leaders: readonly number[];
}

/** A topic that somebody has just made is not known to all servers at once. */
const patienceMs = 300;
const pollMs = 100;
const validName = /^(?!\.{1,2}$)[\w.-]{1,249}$/;

export function isTopicName(name: string): boolean {
  return validName.test(name);
}

/** Finds out about topics, and makes those that are missing where that is asked for. */
export class KafkaTopics {
  readonly #connection: KafkaConnection;
  readonly #settings: KafkaSettings;

  constructor(connection: KafkaConnection, settings: KafkaSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /**
   * Asks the cluster anew. A topic that was there, or has just been made, is looked for as long as `publishTimeoutMs`: a
   * server that has started does not know all of them yet.
   *
   * @throws {BrokerUnavailableError} there is no such topic.
   */
  async find(
    client: KafkaClient,
    topic: string,
    { signal, wasThere = false }: { readonly signal: AbortSignal; readonly wasThere?: boolean },
  ): Promise<KafkaTopic> {
    const { createTopics, publishTimeoutMs } = this.#settings;
    const start = performance.now();
    let exists = wasThere;
    for (;;) {
      try {
        return topicOf(await this.#metadata(client, topic), topic);
      } catch (error) {
        if (!isUnknownTopic(error)) throw error;
        if (createTopics !== undefined && !exists) {
          await this.#create(topic);
          exists = true;
        } else if (performance.now() - start > (exists ? publishTimeoutMs : patienceMs))
          throw this.#missing(topic, error);
        else await pause(pollMs, signal);
      }
    }
  }

  #metadata(client: KafkaClient, topic: string): Promise<KafkaMetadata> {
    return client.metadata({ topics: [topic], forceUpdate: true, retries: 0, autocreateTopics: false });
  }

  /** Makes a compacted topic with one partition, unless it is there. */
  async makeCompacted(client: KafkaClient, topic: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#metadata(client, topic);
    } catch (error) {
      if (!isUnknownTopic(error)) throw error;
      const replicas = this.#settings.createTopics?.replicas;
      await this.#create(topic, { partitions: 1, replicas }, [{ name: "cleanup.policy", value: "compact" }]);
      await this.find(client, topic, { signal, wasThere: true });
    }
  }

  async #create(
    topic: string,
    { partitions, replicas }: KafkaCreateTopics = this.#settings.createTopics ?? {},
    configs: { name: string; value: string }[] = [],
  ): Promise<void> {
    const admin = await this.#connection.admin();
    const more = { ...(partitions && { partitions }), ...(replicas && { replicas }) };
    try {
      await admin.createTopics({ topics: [topic], configs, ...more });
    } catch (error) {
      if (!hasApiId(error, "TOPIC_ALREADY_EXISTS")) throw error;
    }
  }

  #missing(topic: string, cause: unknown): BrokerUnavailableError {
    const problem = `${this.#settings.servers} has no topic ${topic}, or shows it to others only. Create it, or pass createTopics: {}.`;
    return new BrokerUnavailableError(problem, { cause });
  }
}

function topicOf(metadata: KafkaMetadata, name: string): KafkaTopic {
  const topic = metadata.topics.get(name);
  if (topic === undefined || topic.partitionsCount === 0) throw new Error(`Unknown topic ${name}.`);
  return { leaders: topic.partitions.map(({ leader }) => leader) };
}
