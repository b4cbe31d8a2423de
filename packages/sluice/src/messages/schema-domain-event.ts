import { DomainEvent } from "./domain-event.js";
import { type FieldsSchema, type SchemaFields, schemaClass } from "./schema-class.js";
import type { SchemaInput } from "./standard-schema.js";

/** The class that {@link schemaDomainEvent} makes, to be extended. */
export interface SchemaDomainEventClass<S extends FieldsSchema> {
  readonly schema: S;
  new (input: SchemaInput<S>): DomainEvent & SchemaFields<S>;
}

/**
 * Makes a base class for a {@link DomainEvent} whose fields a schema checks, by the rules of {@link schemaCommand}.
 *
 * @example
 * ```ts
 * import { schemaDomainEvent } from "sluice/messages";
 * import { z } from "zod";
 *
 * class FileProcessed extends schemaDomainEvent(z.object({ fileId: z.string() })) {}
 * ```
 */
export function schemaDomainEvent<S extends FieldsSchema>(schema: S): SchemaDomainEventClass<S> {
  return schemaClass("schemaDomainEvent", DomainEvent, schema) as SchemaDomainEventClass<S>;
}
