import type { Headers, Metadata } from "../messages/metadata.js";

/** The headers of a message that belongs there. */
export function headersOf({
  correlationId,
  causationId,
  headers,
}: Pick<Metadata, "correlationId" | "causationId" | "headers">): Headers {
  return {
    ...headers,
    "correlation-id": correlationId,
    ...(causationId && { "causation-id": causationId }),
  };
}
