import { EventEmitter } from "node:events";
import type {
  RabbitMQChannel,
  RabbitMQConnection,
  RabbitMQDelivery,
  RabbitMQEnvelope,
} from "./rabbitmq-client.js";

/** A delivery as the driver gives it. */
export function delivery(more: Partial<RabbitMQDelivery> = {}): RabbitMQDelivery {
  return {
    deliveryTag: 1,
    exchange: "orders",
    routingKey: "order.placed",
    redelivered: false,
    body: new TextEncoder().encode("{}"),
    ...more,
  };
}

/** An error as the driver throws it. */
export function driverError(name: string, code: string, message = code): Error {
  return Object.assign(new Error(message), { name, code });
}

/** A channel whose publishes wait until the test confirms them, and that notes what else is called. */
export class FakeChannel extends EventEmitter implements RabbitMQChannel {
  active = true;
  readonly calls: unknown[][] = [];
  readonly sent: { readonly id: string | undefined; confirm(): void; reject(error: Error): void }[] = [];

  basicPublish(envelope: object): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.sent.push({ id: (envelope as RabbitMQEnvelope).messageId, confirm: resolve, reject });
    return promise;
  }

  /** As when the server closes it, or the connection is lost. */
  lose(error: Error): void {
    this.active = false;
    for (const { reject } of this.sent) reject(error);
    this.emit("close");
  }

  async close(): Promise<void> {
    if (this.active) this.lose(driverError("AMQPChannelError", "CH_CLOSE"));
  }

  get ids(): (string | undefined)[] {
    return this.sent.map(({ id }) => id);
  }

  confirmAll(): void {
    for (const { confirm } of this.sent) confirm();
  }

  confirmSelect = () => this.#note("confirmSelect");
  exchangeDeclare = (params: object) => this.#note("exchangeDeclare", params);
  queueBind = (params: object) => this.#note("queueBind", params);
  basicQos = (params: object) => this.#note("basicQos", params);
  basicCancel = (params: object) => this.#note("basicCancel", params);
  basicAck = (params: object) => void this.#note("basicAck", params);
  basicGet = async () => undefined;
  basicConsume = async () => ({ consumerTag: "tag" });
  queueDeclare = async (params: { queue: string }) => {
    await this.#note("queueDeclare", params);
    return { queue: params.queue, messageCount: 0 };
  };

  async #note(...call: unknown[]): Promise<void> {
    this.calls.push(call);
  }
}

/** A connection whose channels are kept, the newest last. */
export class FakeConnection extends EventEmitter implements RabbitMQConnection {
  ready = true;
  readonly channels: FakeChannel[] = [];

  async acquire(): Promise<FakeChannel> {
    const channel = new FakeChannel();
    this.channels.push(channel);
    return channel;
  }

  /** The one that messages are published on. */
  get publishing(): FakeChannel {
    return this.channels.findLast(({ calls }) =>
      calls.some(([name]) => name === "confirmSelect"),
    ) as FakeChannel;
  }

  async close(): Promise<void> {}
  unsafeDestroy(): void {}
}
