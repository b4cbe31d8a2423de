import type { Headers } from "../../messages/metadata.js";
import type { DeadLetterEntry, DeadLetterListOptions, DeadLetterQueue } from "../dead-letter-queue.js";
import { type ReceivedMessage, WireReceivedMessage } from "../received-message.js";
import type { WireFormat } from "../wire-format.js";
import {
  attemptHeader,
  DeliveredMessage,
  deadLetterIdHeader,
  routingKeyHeader,
} from "./delivered-message.js";
import { OutgoingBatch } from "./outgoing-batch.js";
import type { RabbitMQChannel, RabbitMQDelivery } from "./rabbitmq-client.js";
import type { RabbitMQLink } from "./rabbitmq-link.js";
import type { RabbitMQPublisher } from "./rabbitmq-publisher.js";
import { envelopeOf, rabbitMQBinding } from "./rabbitmq-wire.js";
import { waitFor } from "./wait-for.js";
import { asBytes, keepWhole } from "./whole-bodies.js";

/** How many are within reach: a field of 16 bits. */
const most = 65_535;
/** How long nothing must come for the end of the queue. */
const quietMs = 1_000;

interface DeadLettersOptions {
  readonly queue: string;
  readonly link: RabbitMQLink;
  readonly publisher: RabbitMQPublisher;
  readonly format: WireFormat;
}

/**
 * Dead letters in a durable queue. RabbitMQ has no way to look into a queue: whoever looks takes what he looks at, and
 * gives it back at its place; somebody else who looks meanwhile sees the rest only.
 */
export class RabbitMQDeadLetters implements DeadLetterQueue {
  readonly #options: DeadLettersOptions;
  #looking: Promise<unknown> = Promise.resolve();
  /** How many there are when those that were looked at are back. */
  #expected = 0;
  #last = 0;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  async add({ raw, attempt }: ReceivedMessage, headers: Headers, signal: AbortSignal): Promise<void> {
    const { queue, publisher } = this.#options;
    const envelope = envelopeOf(raw, "");
    envelope.headers = {
      ...envelope.headers,
      ...headers,
      [attemptHeader]: attempt,
      [routingKeyHeader]: envelope.routingKey,
      [deadLetterIdHeader]: this.#newId(),
    };
    envelope.routingKey = queue;
    await publisher.send(OutgoingBatch.of(raw, envelope), signal);
  }

  list({ limit = 100, after }: DeadLetterListOptions = {}): Promise<DeadLetterEntry[]> {
    return this.#look(async (channel) => {
      const entries: DeadLetterEntry[] = [];
      let isBehind = after === undefined;
      await this.#browse(channel, isBehind ? limit : most, async (delivery) => {
        const id = await idOf(delivery);
        // One that is gone by now is between two others: ours are in their order.
        if (after !== undefined && isOurs(delivery) && id > after) isBehind = true;
        if (isBehind) entries.push({ id, message: this.#received(delivery) });
        else isBehind = id === after;
        return entries.length === limit;
      });
      return entries;
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#look(async (channel) => {
      let isRemoved = false;
      await this.#browse(channel, most, async (delivery) => {
        if ((await idOf(delivery)) !== id) return false;
        channel.basicAck({ deliveryTag: delivery.deliveryTag });
        isRemoved = true;
        this.#expected--;
        return true;
      });
      return isRemoved;
    });
  }

  /** One after another. What is not acknowledged goes back when the channel closes. */
  #look<T>(look: (channel: RabbitMQChannel) => Promise<T>): Promise<T> {
    const { link } = this.#options;
    const looking = this.#looking.then(async () => {
      const result = await link.demand((channel) => {
        keepWhole(channel);
        return look(channel);
      });
      await link.demand((channel) => this.#untilBack(channel));
      return result;
    });
    this.#looking = looking.catch(() => {});
    return looking;
  }

  /** The server puts back what a channel had some time after the channel is gone. */
  async #untilBack(channel: RabbitMQChannel): Promise<void> {
    const until = Date.now() + quietMs;
    while ((await this.#count(channel)) < this.#expected && Date.now() < until)
      await waitFor(10, new AbortController().signal);
  }

  async #count(channel: RabbitMQChannel): Promise<number> {
    return (await channel.queueDeclare({ queue: this.#options.queue, passive: true })).messageCount;
  }

  /** Shows the first ones, until `see` has what it looks for. */
  async #browse(
    channel: RabbitMQChannel,
    count: number,
    see: (delivery: RabbitMQDelivery) => Promise<boolean>,
  ): Promise<void> {
    const { queue } = this.#options;
    this.#expected = await this.#count(channel);
    const prefetchCount = Math.min(count, this.#expected);
    if (prefetchCount === 0) return;
    await channel.basicQos({ prefetchCount });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let seen = 0;
    let isDone = false;
    let seeing = Promise.resolve();
    const seeNext = async (delivery: RabbitMQDelivery): Promise<void> => {
      if (isDone) return;
      isDone = (await see(delivery)) || ++seen === prefetchCount;
      if (isDone) resolve();
    };
    channel.on("close", resolve);
    // Somebody else may be looking at the rest.
    let quiet = setTimeout(resolve, quietMs);
    await channel.basicConsume({ queue }, (delivery) => {
      clearTimeout(quiet);
      quiet = setTimeout(resolve, quietMs);
      seeing = seeing.then(() => seeNext(delivery)).catch(reject);
    });
    try {
      await promise;
    } finally {
      isDone = true;
      clearTimeout(quiet);
    }
  }

  #received(delivery: RabbitMQDelivery): ReceivedMessage {
    const { queue, format } = this.#options;
    const attempt = Number(delivery.headers?.[attemptHeader] ?? 1);
    return new WireReceivedMessage(new DeliveredMessage(delivery), queue, attempt, format, rabbitMQBinding);
  }

  /** Later ones are greater. */
  #newId(): string {
    this.#last = Math.max(Date.now() * 1_000, this.#last + 1);
    return `${this.#last.toString(36).padStart(11, "0")}-${crypto.randomUUID().slice(0, 8)}`;
  }
}

function isOurs({ headers }: RabbitMQDelivery): boolean {
  return headers?.[deadLetterIdHeader] !== undefined;
}

/** What the server itself, or somebody else, has put there may have none: its content names it then. */
async function idOf(delivery: RabbitMQDelivery): Promise<string> {
  const id = delivery.headers?.[deadLetterIdHeader] ?? delivery.messageId;
  if (id !== undefined) return String(id);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", asBytes(delivery).slice()));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
