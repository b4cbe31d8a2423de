export { type ProtobufMapping, protobufCodec } from "./protobuf-codec.js";
export type { ProtobufFields } from "./protobuf-fields.js";
