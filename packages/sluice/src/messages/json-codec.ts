import type { Codec } from "./codec.js";
import { toJson } from "./to-json.js";

/**
 * Messages as JSON in UTF-8, and nothing that JSON would change (rule M1).
 *
 * `encode` refuses, naming the field: a `Date`, a bigint, NaN and the infinities, -0, `undefined` or a hole in an
 * array, an instance of any class (`Map`, `Set` and typed arrays among them), a function, a symbol, a key that is a
 * symbol, an accessor, an object with a `toJSON`, a cycle, and what is nested deeper than 1,000 levels. A property
 * that is `undefined` is left out: reading it back gives `undefined` again. An object without a prototype is read
 * back with the usual one; the same object in two places is read back as two equal ones.
 *
 * `decode` refuses bytes that are not UTF-8 or not JSON. A key `__proto__` becomes an own property like any other.
 * It sets no limit to the size: that is the caller's.
 *
 * @throws {EncodeRefusedError} from `encode`.
 *
 * @example
 * ```ts
 * import { jsonCodec } from "sluice/messages";
 *
 * const bytes = jsonCodec.encode({ items: [{ price: 12.5 }] });
 * const { items } = jsonCodec.decode(bytes) as { items: { price: number }[] };
 * ```
 */
export const jsonCodec: Codec = {
  contentType: "application/json",
  encode: (value) => new TextEncoder().encode(toJson(value)),
  decode: (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
};
