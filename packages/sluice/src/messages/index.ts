export type { Codec } from "./codec.js";
export type { Compression } from "./compression.js";
export type { Envelope } from "./envelope.js";
export { jsonCodec } from "./json-codec.js";
export {
  DecompressionError,
  DuplicateMessageNameError,
  EncodeRefusedError,
  InvalidMessageError,
  type MessageIssue,
  NotRegisteredError,
  UndecodableError,
} from "./message-errors.js";
export {
  type DecodeResult,
  type EncodedMessage,
  MessageRegistry,
  type RegisterOptions,
} from "./message-registry.js";
export type { FieldsSchema, SchemaFields } from "./schema-class.js";
export { type SchemaCommandClass, schemaCommand } from "./schema-command.js";
export { type SchemaDomainEventClass, schemaDomainEvent } from "./schema-domain-event.js";
export {
  type SchemaNotificationEventClass,
  type SchemaNotificationEventInit,
  type SchemaNotificationEventOptions,
  schemaNotificationEvent,
} from "./schema-notification-event.js";
export { type SchemaQueryClass, schemaQuery } from "./schema-query.js";
export { type SchemaRequestClass, schemaRequest } from "./schema-request.js";
export type {
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
} from "./standard-schema.js";
export type { Written } from "./written.js";
