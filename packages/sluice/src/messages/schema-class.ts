import { describe } from "../errors/describe.js";
import { checkWithSchema, requireSchema } from "./check-with-schema.js";
import type { AbstractClass, Class } from "./class.js";
import { defineFields, isPlainObject } from "./fields.js";
import { InvalidMessageError } from "./message-errors.js";
import { restore } from "./restore.js";
import type { SchemaOutput, StandardSchema } from "./standard-schema.js";

/** A schema that gives an object, whose fields become a message's. */
export type FieldsSchema = StandardSchema<unknown, object>;

/** The fields that a schema gives to a message. */
export type SchemaFields<S extends FieldsSchema> = Readonly<SchemaOutput<S>>;

/** Makes the class behind a factory whose schema gives the message's own fields. */
export function schemaClass(factory: string, base: AbstractClass<object>, schema: FieldsSchema): unknown {
  requireSchema(`${factory}(schema)`, schema);
  return class extends (base as Class<object>) {
    static readonly schema = schema;

    static [restore](fields: object): object {
      return new this(fields);
    }

    constructor(input: unknown) {
      super();
      const { name } = new.target;
      const fields = checkWithSchema(name, schema, input);
      if (!isPlainObject(fields)) {
        const message = `its schema gives ${describe(fields)}; expected a plain object, whose fields become the message's`;
        throw new InvalidMessageError(name, [{ message }]);
      }
      defineFields(name, this, fields);
    }
  };
}
