import type { MessageBroker } from "../brokers/message-broker.js";
import type { Logger } from "../handlers/logger.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { MetadataInit } from "../messages/metadata.js";

export interface RequesterOptions {
  /** What carries requests and replies. Whoever made it closes it, after the requester. */
  readonly broker: MessageBroker;
  /** Where requests go: the topic that the responders of a service listen on. */
  readonly topic: string;
  /** Names the requests on the wire. */
  readonly registry: MessageRegistry;
  /** Where replies come, those of all requesters of the topic. @default "<topic>.replies" */
  readonly replyTopic?: string | undefined;
  /**
   * How long `send` waits for its response, and `stream` for its next item, in milliseconds from 1 up.
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How many items of a stream may be on their way, or wait here to be taken. From 1 to 10,000.
   * @default 32
   */
  readonly credit?: number | undefined;
  /** @default console */
  readonly logger?: Logger | undefined;
}

export interface RemoteSendOptions {
  /** Rejects at once when it aborts, and tells the far handler to stop. */
  readonly signal?: AbortSignal | null | undefined;
  /** Where the request belongs: give `context.metadata` where one follows from another. */
  readonly metadata?: MetadataInit | undefined;
  /** @default that of the requester */
  readonly timeoutMs?: number | undefined;
}

export interface RemoteStreamOptions extends RemoteSendOptions {
  /** @default that of the requester */
  readonly credit?: number | undefined;
}
