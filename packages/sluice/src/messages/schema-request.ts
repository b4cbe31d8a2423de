import { Request } from "./request.js";
import { type FieldsSchema, type SchemaFields, schemaClass } from "./schema-class.js";
import type { SchemaInput } from "./standard-schema.js";

/** The class that {@link schemaRequest} makes, to be extended. */
export interface SchemaRequestClass<S extends FieldsSchema> {
  readonly schema: S;
  new <R = void>(input: SchemaInput<S>): Request<R> & SchemaFields<S>;
}

/**
 * Makes a base class for a {@link Request} whose fields a schema checks, by the rules of {@link schemaCommand}. Use
 * {@link schemaCommand} where the request changes something and {@link schemaQuery} where it only reads.
 *
 * @example
 * ```ts
 * import { schemaRequest } from "sluice/messages";
 * import { z } from "zod";
 *
 * class Ping extends schemaRequest(z.object({ text: z.string() }))<string> {}
 * ```
 */
export function schemaRequest<S extends FieldsSchema>(schema: S): SchemaRequestClass<S> {
  return schemaClass("schemaRequest", Request, schema) as SchemaRequestClass<S>;
}
