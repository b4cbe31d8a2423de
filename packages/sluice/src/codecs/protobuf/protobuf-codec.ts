import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { reasonOf } from "../../errors/reason.js";
import type { Codec } from "../../messages/codec.js";
import { EncodeRefusedError } from "../../messages/message-errors.js";
import { requireSame } from "../../messages/message-to-json.js";
import { type MapMessage, type Members, mapMembers } from "./map-members.js";
import type { ProtobufFields } from "./protobuf-fields.js";

/** How a message of the application becomes one of protobuf and back, where their names or types differ. */
export interface ProtobufMapping<Desc extends DescMessage, T> {
  readonly write: (value: T) => ProtobufFields<Desc>;
  readonly read: (fields: ProtobufFields<Desc>) => T;
}

/**
 * Writes the fields of a message, or the payload of an event, as protobuf, by a schema that `protoc-gen-es` (version 2)
 * generated. Types are those of `@bufbuild/protobuf`: bigint for 64 bits, `Uint8Array` for bytes, the number of an enum,
 * `{ case, value }` for a oneof; messages are plain objects, and a `Timestamp` is a `Date`, so that what is finer than a
 * millisecond is cut off when it is read. Where names or types differ, a mapping says how.
 *
 * What is written is read back at once, and refused unless it is equal (rule M1): a number that does not fit, a field
 * that the schema does not have, `undefined` for a field that protobuf reads as `""`, `0` or `[]` (make it `optional`, or
 * map it). What is read may have fields that the schema does not know: they are left out, so that senders may add some.
 * Protobuf has no checksum: bytes that are damaged, or of another message, may be read as one.
 *
 * @throws {InvalidOptionError} the schema is none of a message, or the mapping lacks a function.
 *
 * @example
 * ```ts
 * import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";
 * import { Command } from "sluice";
 * import { protobufCodec } from "sluice/codecs/protobuf";
 * import { MessageRegistry } from "sluice/messages";
 *
 * class Pause extends Command {
 *   constructor(readonly seconds: bigint, readonly nanos = 0) { super(); }
 * }
 *
 * const registry = new MessageRegistry().register("pause", Pause, { codec: protobufCodec(DurationSchema) });
 *
 * const { contentType, bytes } = registry.encode(new Pause(90n));
 * console.log(contentType, bytes);
 * ```
 * ```console
 * application/protobuf Uint8Array(2) [ 8, 90 ]
 * ```
 */
export function protobufCodec<Desc extends DescMessage>(schema: Desc): Codec<ProtobufFields<Desc>>;
export function protobufCodec<Desc extends DescMessage, T>(
  schema: Desc,
  mapping: ProtobufMapping<Desc, T>,
): Codec<T>;
export function protobufCodec(
  schema: DescMessage,
  mapping: ProtobufMapping<DescMessage, unknown> = asItIs,
): Codec<unknown> {
  if (schema?.kind !== "message")
    throw new InvalidOptionError(
      "protobufCodec(schema)",
      schema,
      "the schema of a message: OrderPlacedSchema",
    );
  if (typeof mapping?.write !== "function" || typeof mapping.read !== "function")
    throw new InvalidOptionError("protobufCodec(mapping)", mapping, "an object with write and read");
  const { typeName } = schema;
  const decode = (bytes: Uint8Array) => mapping.read(readMessage(schema, bytes) as never);
  return {
    contentType: "application/protobuf",
    decode,
    encode(value) {
      let bytes: Uint8Array;
      let read: unknown;
      try {
        bytes = toBinary(schema, create(schema, toInit(schema, mapping.write(value)) as never));
        read = decode(bytes);
      } catch (cause) {
        const problem = `cannot be written as ${typeName}: ${reasonOf(cause)}`;
        throw new EncodeRefusedError("", value, problem, { advice, cause });
      }
      requireSame(typeName, value, read, advice);
      return bytes;
    },
  };
}

const advice = "Change the schema, or give protobufCodec a mapping.";

const asItIs = { write: (value: unknown) => value as object, read: (fields: unknown) => fields };

function readMessage(schema: DescMessage, bytes: Uint8Array): Members {
  return mapMembers(schema, fromBinary(schema, bytes, { readUnknownFields: false }) as never, toPlain);
}

const toPlain: MapMessage = (schema, message) => {
  if (schema.typeName !== "google.protobuf.Timestamp") return mapMembers(schema, message as Members, toPlain);
  const date = timestampDate(message as Timestamp);
  if (Number.isNaN(date.getTime())) throw new RangeError("A timestamp is outside of what a Date can hold.");
  return date;
};

const toInit: MapMessage = (schema, plain) =>
  plain instanceof Date ? timestampFromDate(plain) : mapMembers(schema, plain as Members, toInit);
