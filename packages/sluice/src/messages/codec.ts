/**
 * Turns values into bytes and back. What `encode` takes, `decode` gives back equal; what it could not give back,
 * `encode` refuses (rule M1).
 *
 * Both must be safe for concurrent use, keep nothing of their arguments, and throw on what they cannot do: a registry
 * turns what `decode` throws into an error value that keeps the bytes.
 *
 * @example
 * ```ts
 * import { type Codec, jsonCodec } from "sluice/messages";
 *
 * const amounts: Codec<{ amount: bigint }> = {
 *   contentType: "application/json",
 *   encode: ({ amount }) => jsonCodec.encode({ amount: String(amount) }),
 *   decode: (bytes) => ({ amount: BigInt(jsonCodec.decode(bytes).amount) }),
 * };
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: a codec that does not say what it takes may be given to any class
export interface Codec<T = any> {
  /** The media type of the bytes: `application/json`. */
  readonly contentType: string;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}
