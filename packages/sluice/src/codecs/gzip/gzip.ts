import { gunzipSync, gzipSync } from "node:zlib";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { reasonOf } from "../../errors/reason.js";
import type { Compression } from "../../messages/compression.js";
import { DecompressionError, EncodeRefusedError } from "../../messages/message-errors.js";

export interface GzipOptions {
  /**
   * How many bytes stay as they are; what is larger is compressed. From 0 up; with `Infinity`, nothing is compressed any
   * more, and what was is still read.
   * @default 1_024
   */
  readonly above?: number | undefined;
  /**
   * How many bytes may come of a message that is read, so that a small one cannot fill the memory; a larger one is not
   * written. A whole number from 1 up.
   * @default 10_000_000
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Compresses messages that are large, for `registry.register`; what would become no smaller stays as it is. It works
 * while its caller waits, as an outbox must.
 *
 * @throws {InvalidOptionError} an option is out of range.
 *
 * @example
 * ```ts
 * import { Command } from "sluice";
 * import { gzip } from "sluice/codecs/gzip";
 * import { MessageRegistry } from "sluice/messages";
 *
 * class Import extends Command {
 *   constructor(readonly rows: string[]) { super(); }
 * }
 *
 * const registry = new MessageRegistry().register("import", Import, { compression: gzip({ above: 1_024 }) });
 *
 * const { contentEncoding, bytes } = registry.encode(new Import(Array.from({ length: 1_000 }, () => "the same")));
 * console.log(contentEncoding, bytes.length < 200);
 * ```
 * ```console
 * gzip true
 * ```
 */
export function gzip({ above = 1_024, maxBytes = 10_000_000 }: GzipOptions = {}): Compression {
  if (!(typeof above === "number" && above >= 0))
    throw new InvalidOptionError("gzip above", above, "a number from 0 up");
  if (!(Number.isSafeInteger(maxBytes) && maxBytes >= 1))
    throw new InvalidOptionError("gzip maxBytes", maxBytes, "a whole number from 1 up");
  return {
    contentEncoding: "gzip",
    compress(bytes) {
      if (bytes.length <= above) return undefined;
      if (bytes.length > maxBytes) {
        const problem = `has ${bytes.length} bytes before compression, and no more than ${maxBytes} would be read back`;
        const advice = "Keep the data elsewhere and send where it is, or raise maxBytes of gzip().";
        throw new EncodeRefusedError("", bytes, problem, { advice });
      }
      const compressed = gzipSync(bytes);
      return compressed.length < bytes.length ? plain(compressed) : undefined;
    },
    decompress(bytes) {
      try {
        return plain(gunzipSync(bytes, { maxOutputLength: maxBytes }));
      } catch (cause) {
        const isTooLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
        const problem = `more than ${maxBytes} would come of ${bytes.length}. Raise maxBytes of gzip() if that is right.`;
        throw new DecompressionError(isTooLarge ? problem : reasonOf(cause), { cause });
      }
    },
  };
}

/** The same bytes, not as a Buffer, whose methods differ. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
