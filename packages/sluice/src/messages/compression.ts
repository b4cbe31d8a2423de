import type { Headers } from "./metadata.js";

/**
 * Makes bytes smaller, and as they were again. Both methods must be safe for concurrent use, keep nothing of their
 * arguments, and throw on what they cannot do; `decompress` must bound what it makes of a few bytes.
 */
export interface Compression {
  /** What the header `content-encoding` of compressed messages says: `gzip`. */
  readonly contentEncoding: string;
  /** Gives `undefined` where the bytes should stay as they are. */
  compress(bytes: Uint8Array): Uint8Array | undefined;
  decompress(bytes: Uint8Array): Uint8Array;
}

const header = "content-encoding";

/** What the headers of a message say of its compression. */
export function contentEncodingOf(headers: Headers | undefined): string | undefined {
  return headers?.[header];
}

/** Headers for a message with these bytes. One that came with another message's headers would be wrong of this one's. */
export function withContentEncoding(headers: Headers, contentEncoding: string | undefined): Headers {
  const { [header]: _, ...rest } = headers;
  return contentEncoding === undefined ? rest : { ...rest, [header]: contentEncoding };
}
