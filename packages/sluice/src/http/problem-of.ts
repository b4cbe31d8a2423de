import { SluiceError } from "../errors/sluice-error.js";
import { InvalidMessageError } from "../messages/message-errors.js";
import { jsonPointer } from "./json-pointer.js";
import { type ProblemDetails, ProblemError } from "./problem.js";
import { refusal } from "./refusal.js";

/** Errors that say: not now. */
const unavailable: readonly string[] = [
  "SLUICE_BREAKER_OPEN",
  "SLUICE_CLOSE_TIMEOUT",
  "SLUICE_MEDIATOR_CLOSED",
  "SLUICE_TIMEOUT",
];

/** What a client may know of an error, when nobody says more of it. */
export function problemOf(error: unknown, messageClass: string, exposeErrors: boolean): ProblemDetails {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof InvalidMessageError && error.messageClass === messageClass) return invalid(error);
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (error instanceof SluiceError && unavailable.includes(error.code)) {
    return { title: "Service Unavailable", status: 503, code: error.code };
  }
  const problem = { title: "Internal Server Error", status: 500 };
  if (!exposeErrors) return problem;
  return {
    ...problem,
    ...(typeof code === "string" && { code }),
    detail: String(message ?? error),
  };
}

function invalid({ code, issues }: InvalidMessageError): ProblemDetails {
  const errors = issues.map(({ keys, message }) => ({ pointer: jsonPointer(keys), detail: message }));
  const { problem } = refusal("HTTP_INVALID_INPUT", "The input is not what this request takes.", { errors });
  return { ...problem, code };
}
