/**
 * Turns values into bytes and back. What `encode` takes, `decode` gives back equal; what it could not give back,
 * `encode` refuses (rule M1).
 *
 * Both must be safe for concurrent use, keep nothing of their arguments, and throw on what they cannot do: a registry
 * turns what `decode` throws into an error value that keeps the bytes.
 *
 * @example
 * ```ts
 * import type { Codec } from "sluice/messages";
 * import { jsonCodec } from "sluice/messages";
 *
 * const amounts: Codec = {
 *   contentType: "application/json",
 *   encode: (fields) => jsonCodec.encode({ amount: String((fields as { amount: bigint }).amount) }),
 *   decode: (bytes) => ({ amount: BigInt((jsonCodec.decode(bytes) as { amount: string }).amount) }),
 * };
 * ```
 */
export interface Codec {
  /** The media type of the bytes: `application/json`. */
  readonly contentType: string;
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}
