/** What is called of a connection of `@nats-io/nats-core`, as `connect()` of `@nats-io/transport-node` gives it. */
export interface NatsConnection {
  publish(subject: string, payload?: Uint8Array, options?: { reply?: string; headers?: unknown }): void;
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: NatsMessage) => void },
  ): NatsInboxSubscription;
  request(subject: string, payload?: Uint8Array, options?: { timeout: number }): Promise<unknown>;
  status(): AsyncIterable<NatsStatus>;
  flush(): Promise<void>;
  isClosed(): boolean;
  closed(): Promise<unknown>;
  close(): Promise<void>;
  readonly info?: { readonly max_payload?: number; readonly version?: string } | undefined;
}

export interface NatsInboxSubscription {
  unsubscribe(): void;
  /** Resolves when the server sends nothing more, and what it sent has come. */
  drain(): Promise<void>;
}

export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply?: string | undefined;
  readonly headers?: NatsHeaders | undefined;
}

export interface NatsHeaders extends Iterable<[string, string[]]> {
  get(name: string): string;
  readonly code: number;
  readonly description: string;
}

export interface NatsStatus {
  readonly type: string;
  readonly error?: unknown;
  readonly server?: unknown;
}

/** What `connect()` of `@nats-io/transport-node` takes; all of it is passed on, also what is not named here. */
export interface NatsConnectOptions {
  /** `nats://127.0.0.1:4222`, or several of one cluster. */
  readonly servers: string | readonly string[];
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  readonly token?: string | undefined;
  /** Of `credsAuthenticator`, `nkeyAuthenticator` or `jwtAuthenticator`. */
  readonly authenticator?: unknown;
  /** `caFile`, `certFile`, `keyFile`; `{}` insists on TLS. Where the server insists, TLS is used anyway. */
  readonly tls?: object | null | undefined;
  /** How the server calls this connection. @default "sluice" */
  readonly name?: string | undefined;
  readonly [option: string]: unknown;
}

/** What is called of a manager of `@nats-io/jetstream`. */
export interface NatsManager {
  readonly streams: {
    find(subject: string): Promise<string>;
    add(config: { name: string; subjects: string[] } & object): Promise<unknown>;
    getMessage(stream: string, query: object): Promise<NatsStoredMessage | null>;
    deleteMessage(stream: string, seq: number): Promise<boolean>;
  };
  readonly consumers: {
    info(stream: string, name: string): Promise<NatsConsumerInfo>;
    add(stream: string, config: object): Promise<NatsConsumerInfo>;
    delete(stream: string, name: string): Promise<boolean>;
    unpin(stream: string, name: string, group: string): Promise<void>;
  };
}

interface NatsStoredMessage {
  readonly subject: string;
  readonly seq: number;
  readonly header: NatsHeaders;
  readonly data: Uint8Array;
  readonly time: Date;
}

export interface NatsConsumerInfo {
  readonly name: string;
  readonly stream_name: string;
  readonly config: {
    readonly ack_policy?: string;
    readonly ack_wait?: number;
    readonly deliver_subject?: string;
    readonly filter_subject?: string;
    readonly filter_subjects?: readonly string[];
    readonly priority_policy?: string;
    readonly priority_groups?: readonly string[];
  };
  readonly delivered: { readonly stream_seq: number };
  /** How many messages are delivered and not acknowledged, to all members. */
  readonly num_ack_pending: number;
  /** How many requests wait for messages. */
  readonly num_waiting: number;
}
