import { codeOf, isLoss, setUpError } from "./rabbitmq-errors.js";
import type { RabbitMQLink } from "./rabbitmq-link.js";

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
  readonly #type: "quorum" | "classic";
  readonly #declared = new Map<string, number>();

  constructor(link: RabbitMQLink, type: "quorum" | "classic") {
    this.#link = link;
    this.#type = type;
  }

  /** The queue to wait in, for messages of `queue`. It is there for longer than they wait. */
  async queueFor(queue: string, afterMs: number): Promise<string> {
    const tier = tiers.find((ms) => ms >= afterMs) as number;
    const name = `${queue}.retry.${tier / second}s`;
    const declaredAt = this.#declared.get(name);
    if (declaredAt !== undefined && Date.now() - declaredAt < declaredAgainMs) return name;
    const now = Date.now();
    try {
      await this.#link.once((channel) =>
        channel.queueDeclare({
          queue: name,
          durable: true,
          arguments: {
            "x-queue-type": this.#type,
            "x-message-ttl": tier,
            "x-expires": tier + keptMs,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": queue,
            ...(this.#type === "quorum" && {
              // It leaves the one queue only when the other one has it.
              "x-dead-letter-strategy": "at-least-once",
              "x-overflow": "reject-publish",
            }),
          },
        }),
      );
    } catch (error) {
      throw isLoss(error) || codeOf(error) === ""
        ? error
        : setUpError(error, `queue ${JSON.stringify(name)}`);
    }
    this.#declared.set(name, now);
    return name;
  }

  /** For when one is gone all the same. */
  forget(): void {
    this.#declared.clear();
  }
}
