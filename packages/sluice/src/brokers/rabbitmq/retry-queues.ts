import type { SendLater } from "./consumer-session.js";
import { attemptHeader, routingKeyHeader } from "./delivered-message.js";
import { OutgoingBatch } from "./outgoing-batch.js";
import { setUp } from "./rabbitmq-errors.js";
import type { RabbitMQLink } from "./rabbitmq-link.js";
import type { RabbitMQPublisher } from "./rabbitmq-publisher.js";
import { envelopeOf } from "./rabbitmq-wire.js";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A queue for each, of each queue with messages that wait. The last one is above the longest `RetryLater`. */
const tiers = [
  ...[1, 2, 5, 10, 20, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * minute),
  ...[1, 2, 4, 8].map((count) => count * hour),
  ...[1, 2, 4, 8, 16, 25].map((count) => count * day),
];

/** How long the server keeps one that nobody has declared again, beyond the time for which messages stay in it. */
const keptMs = day;
const declaredAgainMs = hour;

/** Queues in which messages wait until the server puts them back into the queue that they came from. */
export class RetryQueues {
  readonly #link: RabbitMQLink;
  readonly #publisher: RabbitMQPublisher;
  readonly #type: "quorum" | "classic";
  readonly #declared = new Map<string, number>();

  constructor(link: RabbitMQLink, publisher: RabbitMQPublisher, type: "quorum" | "classic") {
    this.#link = link;
    this.#publisher = publisher;
    this.#type = type;
  }

  readonly send: SendLater = async ({ raw, attempt }, queue, afterMs, signal) => {
    const envelope = envelopeOf(raw, "");
    const { headers, routingKey } = envelope;
    envelope.headers = { ...headers, [attemptHeader]: attempt, [routingKeyHeader]: routingKey };
    envelope.routingKey = afterMs === 0 ? queue : await this.#queueFor(queue, afterMs);
    if (afterMs > 0) envelope.expiration = String(Math.ceil(afterMs));
    try {
      await this.#publisher.send(OutgoingBatch.of(raw, envelope), signal);
    } catch (error) {
      // One of them may be gone.
      this.#declared.clear();
      throw error;
    }
  };

  /** The queue to wait in, for messages of `queue`. It is there for longer than they wait. */
  async #queueFor(queue: string, afterMs: number): Promise<string> {
    const tier = tiers.find((ms) => ms >= afterMs) as number;
    const name = `${queue}.retry.${tier / second}s`;
    const declaredAt = this.#declared.get(name);
    if (declaredAt !== undefined && Date.now() - declaredAt < declaredAgainMs) return name;
    const now = Date.now();
    await this.#link.once((channel) =>
      setUp(`queue ${JSON.stringify(name)}`, () =>
        channel.queueDeclare({ queue: name, durable: true, arguments: this.#arguments(queue, tier) }),
      ),
    );
    this.#declared.set(name, now);
    return name;
  }

  #arguments(queue: string, tier: number): Record<string, unknown> {
    return {
      "x-queue-type": this.#type,
      "x-message-ttl": tier,
      "x-expires": tier + keptMs,
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": queue,
      ...(this.#type === "quorum" && {
        // A message leaves it only when the other queue has it.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
      }),
    };
  }
}
