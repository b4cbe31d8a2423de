import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { reasonOf } from "../errors/reason.js";
import { InvalidMessageError } from "./message-errors.js";
import type { SchemaIssue, StandardSchema } from "./standard-schema.js";

/** Refuses what follows no Standard Schema. */
export function requireSchema(option: string, given: unknown): void {
  const standard = (given as StandardSchema | null | undefined)?.["~standard"];
  if (standard?.version === 1 && typeof standard.validate === "function") return;
  throw new InvalidOptionError(
    option,
    given,
    "a Standard Schema, as zod (3.24), valibot (1) and arktype (2) make them",
  );
}

/** What the schema makes of the input, which stands in the message at `at`. */
export function checkWithSchema<Output>(
  messageClass: string,
  schema: StandardSchema<unknown, Output>,
  input: unknown,
  ...at: PropertyKey[]
): Output {
  const refuse = (issues: readonly SchemaIssue[], options?: ErrorOptions) =>
    new InvalidMessageError(
      messageClass,
      issues.map(({ path = [], message }) => ({ path: [...at, ...path], message })),
      options,
    );
  let result: ReturnType<(typeof schema)["~standard"]["validate"]>;
  try {
    result = schema["~standard"].validate(input);
  } catch (cause) {
    throw refuse([{ message: `its schema threw: ${reasonOf(cause)}` }], { cause });
  }
  if ("then" in result) {
    result.then(undefined, () => {});
    const message =
      "its schema answers asynchronously, and a constructor cannot wait. Move asynchronous checks into the handler " +
      "(with zod, look also for a function of the schema that throws)";
    throw refuse([{ message }]);
  }
  if (result.issues) throw refuse(result.issues);
  return result.value;
}
