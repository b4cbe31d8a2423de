import { Command } from "./command.js";
import { type FieldsSchema, type SchemaFields, schemaClass } from "./schema-class.js";
import type { SchemaInput } from "./standard-schema.js";

/** The class that {@link schemaCommand} makes, to be extended. */
export interface SchemaCommandClass<S extends FieldsSchema> {
  readonly schema: S;
  new <R = void>(input: SchemaInput<S>): Command<R> & SchemaFields<S>;
}

/**
 * Makes a base class for a {@link Command} whose fields a schema checks: its constructor takes what the schema takes,
 * and its instances have what the schema gives, transforms and defaults applied.
 *
 * The class that extends it names the response: `extends schemaCommand(schema)<User>`, `void` by default. It may add
 * methods; its constructor stays as it is, since decoding calls it: write a static method for another way to make one.
 * Each of the five factories (`schemaRequest`, `schemaCommand`, `schemaQuery`, `schemaDomainEvent`,
 * `schemaNotificationEvent`) follows these rules.
 *
 * The schema is any Standard Schema (zod, valibot, arktype) that answers synchronously. It must give a plain object,
 * without a field named `__proto__` or `constructor`. It stays at hand as the static `schema`.
 *
 * @throws {InvalidOptionError} `schema` is no Standard Schema.
 * @throws {InvalidMessageError} from the constructor: the schema refuses; each reason names its field.
 *
 * @example
 * ```ts
 * import { schemaCommand } from "sluice/messages";
 * import { z } from "zod";
 *
 * class CreateUser extends schemaCommand(z.object({ name: z.string() }))<{ id: string }> {}
 *
 * const { name } = new CreateUser({ name: "Ada" });
 * ```
 */
export function schemaCommand<S extends FieldsSchema>(schema: S): SchemaCommandClass<S> {
  return schemaClass("schemaCommand", Command, schema) as SchemaCommandClass<S>;
}
