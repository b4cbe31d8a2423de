import { withContentEncoding } from "../messages/compression.js";
import type { Headers, MetadataInit } from "../messages/metadata.js";

/** Where a message that came with these headers belongs: the flow that they name, else one that begins with it. */
export function metadataOf(messageId: string, headers: Headers): MetadataInit {
  const { "correlation-id": correlationId, "causation-id": causationId, ...rest } = headers;
  return {
    correlationId: correlationId ?? messageId,
    causationId,
    headers: withContentEncoding(rest, undefined),
  };
}
