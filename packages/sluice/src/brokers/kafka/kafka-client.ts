/** What is called of any client of @platformatic/kafka. */
export interface KafkaClient {
  metadata(options: {
    topics: string[];
    forceUpdate?: boolean;
    retries?: number;
    autocreateTopics?: boolean;
  }): Promise<KafkaMetadata>;
  connectToBrokers(nodeIds: number[]): Promise<ReadonlyMap<number, unknown>>;
}

export interface KafkaMetadata {
  readonly topics: ReadonlyMap<string, KafkaTopicMetadata | undefined>;
}

interface KafkaTopicMetadata {
  readonly id: string;
  readonly partitions: readonly { readonly leader: number }[];
  readonly partitionsCount: number;
}

/** What is called of its `Producer`. */
export interface KafkaProducer extends KafkaClient {
  initIdempotentProducer(options: object): Promise<KafkaProducerIdentity>;
  close(): Promise<void>;
}

/** Who numbers the messages that a broker takes once each. */
export interface KafkaProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** What is called of its `Admin`. */
export interface KafkaAdmin extends KafkaClient {
  createTopics(options: {
    topics: string[];
    partitions?: number;
    replicas?: number;
    configs?: { name: string; value: string }[];
  }): Promise<unknown>;
  close(): Promise<void>;
}

/** What is called of its `Consumer`. */
export interface KafkaConsumer extends KafkaClient {
  readonly connections: Iterable<readonly [string, { readonly socket: { destroy(): unknown } | undefined }]>;
  readonly memberId: string | null;
  readonly generationId: number;
  readonly assignments: readonly KafkaAssignment[] | null;
  readonly topics: { track(topic: string): unknown };
  joinGroup(options: object): Promise<unknown>;
  close(force: boolean): Promise<void>;
  findGroupCoordinator(): Promise<number>;
  listOffsets(options: {
    topics: string[];
    partitions: Record<string, number[]>;
    timestamp: bigint;
  }): Promise<ReadonlyMap<string, readonly bigint[]>>;
  fetch(options: {
    node: number;
    topics: KafkaFetchTopic[];
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
  }): Promise<KafkaFetched>;
  // biome-ignore lint/suspicious/noExplicitAny: each event has its own arguments
  on(event: any, listener: (...args: any[]) => void): unknown;
}

export interface KafkaAssignment {
  readonly topic: string;
  readonly partitions: readonly number[];
}

interface KafkaFetchTopic {
  topicId: string;
  partitions: {
    partition: number;
    fetchOffset: bigint;
    currentLeaderEpoch: number;
    lastFetchedEpoch: number;
    partitionMaxBytes: number;
  }[];
}

/** What a broker answers to a fetch. */
export interface KafkaFetched {
  readonly responses: readonly {
    readonly topicId: string;
    readonly partitions: readonly KafkaFetchedPartition[];
  }[];
}

interface KafkaFetchedPartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly records?: readonly KafkaRecordBatch[] | null | undefined;
}

export interface KafkaRecordBatch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: bigint;
  /** Bit 5: not a message, but the end of a transaction. */
  readonly attributes: number;
  readonly records: readonly KafkaRecord[];
}

export interface KafkaRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [Uint8Array | null, Uint8Array | null])[];
}

/** How a subscription's consumers are made; more than this is theirs who make them: servers, TLS, SASL. */
export interface KafkaConsumerOptions {
  readonly groupId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly requestTimeout: number;
  readonly heartbeatInterval: number;
  readonly heartbeatStallTimeout: number;
  readonly protocols: { name: string; version: number }[];
  readonly protocolsMetadata?: () => Promise<Buffer>;
  readonly retries: number;
  readonly retryDelay: number;
  readonly metadataMaxAge: number;
  readonly autocommit: false;
  readonly partitionAssigner?: KafkaAssigner;
}

/** Divides the partitions of topics among the members of a group. */
export type KafkaAssigner = (
  leader: string,
  members: ReadonlyMap<string, { readonly topics?: readonly string[] }>,
  topics: ReadonlySet<string>,
  metadata: unknown,
) => unknown;

/** A call of Kafka's protocol, in the newest version that this client and its servers know. */
export type KafkaApi = (
  connection: unknown,
  ...args: [...unknown[], callback: (error: Error | null, response: unknown) => void]
) => void;

/** What is used of the package @platformatic/kafka. */
export interface KafkaDriver {
  readonly Producer: new (options: object) => KafkaProducer;
  readonly Consumer: new (options: object) => KafkaConsumer;
  readonly Admin: new (options: object) => KafkaAdmin;
  readonly cooperativeStickyAssigner: KafkaAssigner;
  readonly kGetApi: symbol;
}

export interface KafkaTls {
  readonly [option: string]: unknown;
}

/** How a client proves who it is. */
export interface KafkaSasl {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER";
  readonly username?: string | (() => string | Promise<string>) | undefined;
  readonly password?: string | (() => string | Promise<string>) | undefined;
  readonly token?: string | (() => string | Promise<string>) | undefined;
}
