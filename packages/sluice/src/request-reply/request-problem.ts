import type { ProblemDetails } from "../http/problem.js";
import { problemOf } from "../http/problem-of.js";
import { InvalidMessageError, NotRegisteredError, UndecodableError } from "../messages/message-errors.js";
import { NoHandlerError } from "../requests/request-errors.js";

/** What a requester may know of an error: the same as an HTTP client. */
export function requestProblem(error: unknown, name: string, exposeErrors: boolean): ProblemDetails {
  if (error instanceof NotRegisteredError || error instanceof NoHandlerError) {
    return { title: "Not Found", status: 404, code: error.code, detail: `Nothing here answers ${name}.` };
  }
  if (!(error instanceof UndecodableError)) return problemOf(error, name, exposeErrors);
  const { cause, code } = error;
  if (cause instanceof InvalidMessageError) return problemOf(cause, cause.messageClass, exposeErrors);
  return { title: "Bad Request", status: 400, code, detail: `The bytes are no ${name}.` };
}
