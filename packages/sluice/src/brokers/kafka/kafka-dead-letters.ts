import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { Headers } from "../../messages/metadata.js";
import type { DeadLetterEntry, DeadLetterListOptions, DeadLetterQueue } from "../dead-letter-queue.js";
import { type ReceivedMessage, WireReceivedMessage } from "../received-message.js";
import { type FetchedRecord, readBatches } from "./fetched-records.js";
import type { KafkaSettings } from "./kafka-broker-options.js";
import type { KafkaConnection } from "./kafka-connection.js";
import { consumerOptions } from "./kafka-group.js";
import type { KafkaPublisher } from "./kafka-publisher.js";
import { KafkaWireMessage, kafkaBinding } from "./kafka-wire.js";
import { startOffsets } from "./start-offsets.js";

/** The key that a message had, as the record's key is its name here. */
const keyHeader = "sluice-key";
const attemptHeader = "sluice-attempt";
const maxBytes = 16_777_216;

/**
 * Dead letters in a compacted topic with one partition: each has a key of its own, and removing one leaves a record without
 * a value, on which the cluster forgets both. An entry's id is its offset.
 */
export class KafkaDeadLetters implements DeadLetterQueue {
  readonly #topic: string;
  readonly #publisher: KafkaPublisher;
  readonly #connection: KafkaConnection;
  readonly #settings: KafkaSettings;

  constructor(
    topic: string,
    publisher: KafkaPublisher,
    connection: KafkaConnection,
    settings: KafkaSettings,
  ) {
    this.#topic = topic;
    this.#publisher = publisher;
    this.#connection = connection;
    this.#settings = settings;
  }

  async add({ raw, attempt }: ReceivedMessage, headers: Headers, signal: AbortSignal): Promise<void> {
    const own = { [attemptHeader]: String(attempt), ...(raw.key !== undefined && { [keyHeader]: raw.key }) };
    await this.#write(crypto.randomUUID(), { ...raw.headers, ...headers, ...own }, raw.body, signal);
  }

  async list({ limit = 100, after }: DeadLetterListOptions = {}): Promise<DeadLetterEntry[]> {
    if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= 10_000))
      throw new InvalidOptionError("dead letters limit", limit, "a whole number from 1 to 10,000");
    const behind = after === undefined ? -1 : Number(after);
    const kept = [...(await this.#read()).values()].filter(({ offset }) => offset > behind);
    return kept.slice(0, limit).map((fetched) => this.#entryOf(fetched));
  }

  async remove(id: string): Promise<boolean> {
    for (const [key, { offset }] of await this.#read()) {
      if (String(offset) !== id) continue;
      await this.#write(key, {}, null, new AbortController().signal);
      return true;
    }
    return false;
  }

  #write(key: string, headers: Headers, body: Uint8Array | null, signal: AbortSignal): Promise<void> {
    return this.#publisher.publish([{ id: key, topic: this.#topic, wire: { key, headers, body } }], signal);
  }

  #entryOf({ offset, record, firstTimestamp }: FetchedRecord): DeadLetterEntry {
    const { body, headers: all, timestamp } = new KafkaWireMessage(record, firstTimestamp);
    const { [keyHeader]: key, [attemptHeader]: attempt, ...headers } = all;
    const raw = { key, headers, body, timestamp };
    const tries = Number(attempt ?? 1);
    const message = new WireReceivedMessage(raw, this.#topic, tries, this.#settings.wire, kafkaBinding);
    return { id: String(offset), message };
  }

  /** Those that are not removed, by their keys, the oldest first. */
  async #read(): Promise<Map<string, FetchedRecord>> {
    const options = consumerOptions(`sluice-${crypto.randomUUID()}`, this.#settings);
    const consumer = await this.#connection.consumer(options);
    const topic = this.#topic;
    try {
      consumer.topics.track(topic);
      const { topics } = await consumer.metadata({ topics: [topic], forceUpdate: true });
      const { id: topicId = "", partitions } = topics.get(topic) ?? {};
      const end = (await startOffsets(consumer, topic, [0], "latest")).get(0) as number;
      let next = (await startOffsets(consumer, topic, [0], "earliest")).get(0) as number;
      const records: FetchedRecord[] = [];
      while (next < end) {
        const partition = {
          partition: 0,
          fetchOffset: BigInt(next),
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
          partitionMaxBytes: maxBytes,
        };
        const { responses } = await consumer.fetch({
          node: partitions?.[0]?.leader ?? -1,
          maxWaitTime: 100,
          minBytes: 1,
          maxBytes,
          topics: [{ topicId, partitions: [partition] }],
        });
        next = readBatches(responses[0]?.partitions[0]?.records ?? [], next, records);
      }
      return keptOf(records);
    } finally {
      await consumer.close(true);
    }
  }
}

function keptOf(records: readonly FetchedRecord[]): Map<string, FetchedRecord> {
  const kept = new Map<string, FetchedRecord>();
  for (const fetched of records) {
    const { key, value } = fetched.record;
    const name = key === null ? `#${fetched.offset}` : Buffer.from(key).toString();
    if (value === null) kept.delete(name);
    else kept.set(name, fetched);
  }
  return kept;
}
