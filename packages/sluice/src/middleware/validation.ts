import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { requireSchema } from "../messages/check-with-schema.js";
import type { AbstractClass } from "../messages/class.js";
import type { StandardSchema } from "../messages/standard-schema.js";
import { CheckedIterator } from "./checked-iterator.js";
import { MessageSchemas } from "./message-schemas.js";
import type { Middleware } from "./middleware.js";

export interface ValidationOptions {
  /** Schemas by class: a Map, or pairs. A schema holds for the classes that extend its class too. */
  readonly schemas?: Iterable<readonly [AbstractClass<object>, StandardSchema]> | undefined;
}

/**
 * Refuses messages that a schema refuses, before their handler runs: those whose class has a static `schema`, and
 * those given by class. The schema is any Standard Schema (zod, valibot, arktype) of the message's fields; it may
 * answer asynchronously.
 *
 * It checks and changes nothing: a schema's defaults and transforms do not reach the handler. A class made by
 * `schemaCommand` and its kin does that, and checks in its constructor; its messages are not checked again.
 *
 * A refused message fails its dispatch with an {@link InvalidMessageError}, a refused event its handlers' runs.
 *
 * @throws {InvalidOptionError} what is given for a schema or a class is none.
 *
 * @example
 * ```ts
 * import { bootstrap, Command } from "sluice";
 * import { validation } from "sluice/middleware";
 * import { z } from "zod";
 *
 * class RenameUser extends Command {
 *   static readonly schema = z.object({ name: z.string().min(1) });
 *   constructor(readonly name: string) { super(); }
 * }
 *
 * bootstrap({
 *   commandsMapper: (map) => map.bind(RenameUser, async () => {}),
 *   middlewares: [validation()],
 * });
 * ```
 */
export function validation({ schemas = [] }: ValidationOptions = {}): Required<Middleware> {
  const known = new MessageSchemas(checked(schemas));
  const around = async (message: object, next: () => Promise<unknown>) => {
    await known.check(message);
    return next();
  };
  return {
    request: around,
    stream: (request, next) => {
      const pending = known.check(request);
      return pending === undefined ? next() : new CheckedIterator(pending, next);
    },
    event: around,
  };
}

function* checked(schemas: NonNullable<ValidationOptions["schemas"]>): Iterable<[object, StandardSchema]> {
  if (typeof schemas?.[Symbol.iterator] !== "function") {
    throw new InvalidOptionError("validation schemas", schemas, "a Map from classes to schemas, or pairs");
  }
  for (const [messageClass, schema] of schemas) {
    if (typeof messageClass !== "function") {
      throw new InvalidOptionError("validation schemas' class", messageClass, "a class of messages");
    }
    requireSchema(`validation schema of ${messageClass.name}`, schema);
    yield [messageClass.prototype, schema];
  }
}
