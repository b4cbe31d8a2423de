import type { DescMessage, Message, MessageShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";

/**
 * What a protobuf message holds, as plain objects: as `@bufbuild/protobuf` types it, without `$typeName` and `$unknown`,
 * and with a `Date` for each `google.protobuf.Timestamp`.
 */
export type ProtobufFields<Desc extends DescMessage> = Plain<MessageShape<Desc>>;

type Plain<T> = T extends Timestamp
  ? Date
  : T extends Message
    ? { [K in keyof T as Exclude<K, keyof Message>]: Plain<T[K]> }
    : T extends Uint8Array
      ? Uint8Array
      : T extends (infer Item)[]
        ? Plain<Item>[]
        : T extends object
          ? { [K in keyof T]: Plain<T[K]> }
          : T;
