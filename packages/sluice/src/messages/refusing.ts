import { reasonOf } from "../errors/reason.js";
import { EncodeRefusedError, InvalidMessageError } from "./message-errors.js";

/** What a codec or a schema throws says which message it means. */
export function refusing<T>(messageClass: string, message: object, encode: () => T): T {
  try {
    return encode();
  } catch (cause) {
    if (cause instanceof EncodeRefusedError) throw cause;
    const [issue] = cause instanceof InvalidMessageError ? cause.issues : [];
    const problem = `cannot be written and read back: ${issue?.message ?? reasonOf(cause)}`;
    throw new EncodeRefusedError(issue?.path ?? "", message, problem, { messageClass, cause });
  }
}
