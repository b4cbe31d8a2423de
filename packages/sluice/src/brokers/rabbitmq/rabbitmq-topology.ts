import type { Message } from "../message.js";
import type { RabbitMQBrokerOptions, RabbitMQSettings } from "./rabbitmq-broker-options.js";
import type { RabbitMQChannel } from "./rabbitmq-client.js";
import { setUp } from "./rabbitmq-errors.js";

/** RabbitMQ 4 drops a message after 20 deliveries unless told otherwise; no version takes "never" for an answer. */
const noLimit = 2 ** 31 - 1;

/** Which exchange and queue something is in, and how they are made. */
export class RabbitMQTopology {
  readonly exchangeOf: (topic: string) => string;
  readonly routingKeyOf: (message: Message) => string;
  readonly #queueOf: (topic: string, group: string) => string;
  readonly #settings: RabbitMQSettings;

  constructor(options: RabbitMQBrokerOptions, settings: RabbitMQSettings) {
    const { exchangeOf, queueOf, routingKeyOf } = options;
    this.exchangeOf = exchangeOf ?? ((topic) => topic);
    this.routingKeyOf = routingKeyOf ?? (({ name }) => name);
    this.#queueOf = queueOf ?? ((topic, group) => `${topic}.${group}`);
    this.#settings = settings;
  }

  /** Makes sure that there is an exchange. The nameless one is always there. */
  async exchange(channel: RabbitMQChannel, exchange: string): Promise<void> {
    if (exchange === "") return;
    const passive = !this.#settings.declare;
    await setUp(`exchange ${JSON.stringify(exchange)}`, () =>
      channel.exchangeDeclare({ exchange, type: "topic", durable: true, passive }),
    );
  }

  /** Makes sure that there is a queue with what is published to a topic from now on; gives its name. */
  async queue(channel: RabbitMQChannel, topic: string, group: string | undefined): Promise<string> {
    const exchange = this.exchangeOf(topic);
    await this.exchange(channel, exchange);
    if (group === undefined) {
      const { queue } = await setUp(`a private queue for topic ${JSON.stringify(topic)}`, () =>
        channel.queueDeclare({ queue: "", exclusive: true, autoDelete: true }),
      );
      await this.#bind(channel, queue, exchange);
      return queue;
    }
    const queue = this.#queueOf(topic, group);
    const { declare, singleActiveConsumer } = this.#settings;
    await this.#declare(channel, queue, singleActiveConsumer ? { "x-single-active-consumer": true } : {});
    if (declare) await this.#bind(channel, queue, exchange);
    return queue;
  }

  /** Makes sure that there is a queue that nothing is bound to. */
  async plainQueue(channel: RabbitMQChannel, queue: string): Promise<void> {
    await this.#declare(channel, queue, {});
  }

  async #declare(channel: RabbitMQChannel, queue: string, more: object): Promise<void> {
    const { declare, queueType } = this.#settings;
    const limit = queueType === "quorum" && { "x-delivery-limit": noLimit };
    await setUp(`queue ${JSON.stringify(queue)}`, () =>
      channel.queueDeclare({
        queue,
        durable: true,
        passive: !declare,
        arguments: { "x-queue-type": queueType, ...limit, ...more },
      }),
    );
  }

  async #bind(channel: RabbitMQChannel, queue: string, exchange: string): Promise<void> {
    // Every queue is bound to the nameless exchange, by its name.
    if (exchange === "") return;
    const what = `binding queue ${JSON.stringify(queue)} to exchange ${JSON.stringify(exchange)}`;
    await setUp(what, () => channel.queueBind({ queue, exchange, routingKey: "#" }));
  }
}
