import { describe } from "../errors/describe.js";
import { reasonOf } from "../errors/reason.js";
import { SluiceError } from "../errors/sluice-error.js";
import { fieldOf, fieldPath } from "./field-path.js";
import type { SchemaIssue } from "./standard-schema.js";

/** One reason why a message was refused. */
export interface MessageIssue {
  /** The keys that lead to the field: `["items", 2, "price"]`. */
  readonly keys: readonly PropertyKey[];
  /** The way to the field: `items[2].price`; empty where the message as a whole is meant. */
  readonly path: string;
  readonly message: string;
}

/** A message's fields are not what its class accepts: every reason stands in {@link issues}. */
export class InvalidMessageError extends SluiceError {
  readonly code = "SLUICE_INVALID_MESSAGE";
  /** In the order in which the schema gave them. */
  readonly issues: readonly MessageIssue[];

  constructor(
    /** The name of the message's class. */
    readonly messageClass: string,
    issues: readonly SchemaIssue[],
    options?: ErrorOptions,
  ) {
    const found = issues.map(({ path = [], message }) => {
      const keys = path.map((part) => (typeof part === "object" ? part.key : part));
      return { keys, path: fieldPath(keys), message };
    });
    const lines = found.slice(0, 10).map(({ path, message }) => `${fieldOf(messageClass, path)}: ${message}`);
    if (found.length > 10) lines.push(`and ${found.length - 10} more`);
    super(lines.join("\n"), options);
    this.issues = found;
  }
}

/** A value was not encoded, because it would not be read back as it is (rule M1). */
export class EncodeRefusedError extends SluiceError {
  readonly code = "SLUICE_ENCODE_REFUSED";

  constructor(
    /** The way to the field: `payload.items[2].price`; empty where the value as a whole is meant. */
    readonly path: string,
    /** The value that stands there; the whole message where its schema or its codec refused. */
    readonly given: unknown,
    problem: string,
    {
      messageClass,
      advice = "Use text, finite numbers, booleans, null, arrays and plain objects, or give the message a schema or a codec " +
        "that restores it.",
      ...options
    }: ErrorOptions & {
      readonly messageClass?: string | undefined;
      readonly advice?: string | undefined;
    } = {},
  ) {
    super(
      `${(messageClass === undefined ? path : fieldOf(messageClass, path)) || "The value"} ${problem}. ${advice}`,
      options,
    );
  }
}

/** A message's class, or its name on the wire, is unknown to the registry (rule M2). */
export class NotRegisteredError extends SluiceError {
  readonly code = "SLUICE_NOT_REGISTERED";

  constructor(
    /** The name on the wire; when encoding, the name of the class. */
    readonly messageName: string,
    /** What was to be decoded: the very bytes, not a copy; `undefined` when encoding. */
    readonly raw?: Uint8Array,
  ) {
    super(
      raw
        ? `No message is registered as ${describe(messageName)}; the bytes are kept in raw. Register its class by that name.`
        : `${messageName} is not registered. Call registry.register("name on the wire", ${messageName}); ` +
            "that of a base class does not count.",
    );
  }
}

/** Bytes that are no message of the class registered under their name; they are kept, for a dead letter (rule M2). */
export class UndecodableError extends SluiceError {
  readonly code = "SLUICE_UNDECODABLE";

  constructor(
    /** The name on the wire. */
    readonly messageName: string,
    /** What was to be decoded: the very bytes, not a copy. */
    readonly raw: Uint8Array,
    cause: unknown,
  ) {
    super(`"${messageName}" was not decoded; the bytes are kept in raw. ${reasonOf(cause)}`, { cause });
  }
}

/** Bytes that were not decompressed: they are damaged, or too many would come of them. */
export class DecompressionError extends SluiceError {
  readonly code = "SLUICE_DECOMPRESSION";

  constructor(problem: string, options?: ErrorOptions) {
    super(`The bytes were not decompressed: ${problem}`, options);
  }
}

/** A name on the wire, or a class, was registered a second time. */
export class DuplicateMessageNameError extends SluiceError {
  readonly code = "SLUICE_DUPLICATE_MESSAGE_NAME";

  constructor(
    readonly messageName: string,
    readonly messageClass: string,
    taken: { readonly name: string; readonly messageClass: { readonly name: string } },
  ) {
    super(
      `${messageClass} cannot be registered as "${messageName}": ${taken.messageClass.name} is registered as ` +
        `"${taken.name}". Give each class one name of its own.`,
    );
  }
}
