/** What is called of a `Connection` of rabbitmq-client. */
export interface RabbitMQConnection {
  /** Whether it is connected, and the server takes messages. */
  readonly ready: boolean;
  acquire(options?: { emitErrorsFromChannel?: boolean }): Promise<RabbitMQChannel>;
  on(name: "error", listener: (error: Error) => void): unknown;
  on(name: "connection" | "connection.unblocked", listener: () => void): unknown;
  removeListener(name: "error", listener: (error: Error) => void): unknown;
  removeListener(name: string, listener: () => void): unknown;
  close(): Promise<void>;
  unsafeDestroy(): void;
}

/** What is called of a `Channel` of rabbitmq-client. */
export interface RabbitMQChannel {
  readonly active: boolean;
  on(name: "close", listener: () => void): unknown;
  on(name: "error", listener: (error: Error) => void): unknown;
  on(name: "basic.return", listener: (message: RabbitMQEnvelope) => void): unknown;
  on(name: "basic.cancel", listener: (consumerTag: string) => void): unknown;
  close(): Promise<void>;
  confirmSelect(): Promise<void>;
  /** A {@link RabbitMQEnvelope}. */
  basicPublish(envelope: object, body: Uint8Array): Promise<void>;
  basicQos(params: { prefetchCount: number }): Promise<void>;
  basicConsume(
    params: { queue: string },
    listener: (message: RabbitMQDelivery) => void,
  ): Promise<{ consumerTag: string }>;
  basicGet(params: { queue: string }): Promise<RabbitMQDelivery | undefined>;
  basicCancel(params: { consumerTag: string }): Promise<unknown>;
  basicAck(params: { deliveryTag: number; multiple?: boolean }): void;
  exchangeDeclare(params: {
    exchange: string;
    type?: string;
    durable?: boolean;
    passive?: boolean;
  }): Promise<unknown>;
  queueDeclare(params: {
    queue: string;
    durable?: boolean;
    exclusive?: boolean;
    autoDelete?: boolean;
    passive?: boolean;
    arguments?: Record<string, unknown>;
  }): Promise<{ queue: string; messageCount: number }>;
  queueBind(params: { queue: string; exchange: string; routingKey: string }): Promise<unknown>;
}

/** The properties of a message, by the names that rabbitmq-client has for them. */
export interface RabbitMQProperties {
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  headers?: Record<string, unknown> | undefined;
  priority?: number | undefined;
  correlationId?: string | undefined;
  replyTo?: string | undefined;
  messageId?: string | undefined;
  /** In seconds since 1970. */
  timestamp?: number | undefined;
  type?: string | undefined;
  appId?: string | undefined;
}

export interface RabbitMQEnvelope extends RabbitMQProperties {
  exchange: string;
  routingKey: string;
  /** Whether the server gives it back when no queue is bound for it. */
  mandatory?: boolean;
  /** Written to disk before it is confirmed. */
  durable?: boolean;
  /** Milliseconds, as digits. */
  expiration?: string;
}

export interface RabbitMQDelivery extends RabbitMQProperties {
  readonly deliveryTag: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  /** Bytes; what the driver made of them, where it could not be kept from it. */
  readonly body: unknown;
}
