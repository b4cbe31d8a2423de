import { Query } from "./query.js";
import { type FieldsSchema, type SchemaFields, schemaClass } from "./schema-class.js";
import type { SchemaInput } from "./standard-schema.js";

/** The class that {@link schemaQuery} makes, to be extended. */
export interface SchemaQueryClass<S extends FieldsSchema> {
  readonly schema: S;
  new <R = void>(input: SchemaInput<S>): Query<R> & SchemaFields<S>;
}

/**
 * Makes a base class for a {@link Query} whose fields a schema checks, by the rules of {@link schemaCommand}.
 *
 * @example
 * ```ts
 * import { schemaQuery } from "sluice/messages";
 * import { z } from "zod";
 *
 * class GetUser extends schemaQuery(z.object({ userId: z.uuid() }))<{ name: string }> {}
 * ```
 */
export function schemaQuery<S extends FieldsSchema>(schema: S): SchemaQueryClass<S> {
  return schemaClass("schemaQuery", Query, schema) as SchemaQueryClass<S>;
}
