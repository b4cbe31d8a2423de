import { reasonOf } from "../errors/reason.js";
import { InvalidMessageError } from "../messages/message-errors.js";
import { restore } from "../messages/restore.js";
import type { SchemaIssue, SchemaResult, StandardSchema } from "../messages/standard-schema.js";

/** Knows the schemas of messages, by their prototypes. */
export class MessageSchemas {
  readonly #given: ReadonlyMap<object, StandardSchema>;
  /** Looked up once per class. */
  readonly #found = new Map<object, readonly StandardSchema[]>();

  constructor(given: Iterable<[object, StandardSchema]>) {
    this.#given = new Map(given);
  }

  /**
   * Checks a message with all its schemas; gives a promise only where one of them answers with one.
   *
   * @throws {InvalidMessageError} a schema refuses.
   */
  check(message: object): Promise<void> | undefined {
    const prototype: object = Object.getPrototypeOf(message);
    const schemas = this.#found.get(prototype) ?? this.#find(prototype);
    let pending: Promise<void> | undefined;
    for (const schema of schemas) {
      const validateNext = () => validate(schema, message, prototype.constructor.name);
      pending = pending === undefined ? validateNext() : pending.then(validateNext);
    }
    return pending;
  }

  #find(prototype: object): readonly StandardSchema[] {
    const schemas: StandardSchema[] = [];
    const { schema, [restore]: checksItself } = prototype.constructor as {
      readonly schema?: Partial<StandardSchema>;
      readonly [restore]?: unknown;
    };
    const isSchema = typeof schema?.["~standard"]?.validate === "function";
    if (isSchema && checksItself === undefined) schemas.push(schema as StandardSchema);
    for (let base = prototype; base !== null; base = Object.getPrototypeOf(base)) {
      const given = this.#given.get(base);
      if (given !== undefined) schemas.push(given);
    }
    this.#found.set(prototype, schemas);
    return schemas;
  }
}

function validate(schema: StandardSchema, message: object, messageClass: string): Promise<void> | undefined {
  const refuse = (issues: readonly SchemaIssue[], options?: ErrorOptions): never => {
    throw new InvalidMessageError(messageClass, issues, options);
  };
  const refuseThrown = (cause: unknown) =>
    refuse([{ message: `its schema threw: ${reasonOf(cause)}` }], { cause });
  const judge = ({ issues }: SchemaResult<unknown>) => (issues ? refuse(issues) : undefined);
  let result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>;
  try {
    result = schema["~standard"].validate(message);
  } catch (cause) {
    return refuseThrown(cause);
  }
  return "then" in result ? result.then(judge, refuseThrown) : judge(result);
}
