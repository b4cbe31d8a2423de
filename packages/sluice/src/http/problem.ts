import { SluiceError } from "../errors/sluice-error.js";

/** One thing that is wrong with the caller's own input. */
export interface ProblemIssue {
  /** The way to the field, as a JSON pointer: `#/items/2/price`. */
  readonly pointer: string;
  readonly detail: string;
}

/** Problem details for a client (RFC 9457): `application/problem+json`. */
export interface ProblemDetails {
  /** A URI that names the kind of problem. @default "about:blank", which says: see `status` */
  readonly type?: string | undefined;
  /** The kind of problem in a few words, the same each time. */
  readonly title: string;
  /** The HTTP status. From 400 to 599. */
  readonly status: number;
  /** The kind of problem for programs. */
  readonly code?: string | undefined;
  /** What happened this time. */
  readonly detail?: string | undefined;
  /** A URI that names this occurrence. */
  readonly instance?: string | undefined;
  /** What is wrong with the caller's input. */
  readonly errors?: readonly ProblemIssue[] | undefined;
}

/**
 * An error whose problem details reach the client as they are. Throw it in a hook or in a handler to say what a client
 * may know; whatever else is thrown is an internal error, of which a client learns nothing.
 *
 * @example
 * ```ts
 * import { ProblemError } from "sluice/http";
 *
 * const error = new ProblemError({ status: 403, title: "Forbidden", code: "NOT_YOUR_ORDER" });
 * ```
 */
export class ProblemError extends SluiceError {
  readonly code = "SLUICE_HTTP_PROBLEM";
  readonly problem: ProblemDetails;
  /** Further headers of the response, as `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    problem: ProblemDetails,
    {
      headers = {},
      ...options
    }: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> | undefined } = {},
  ) {
    super(`${problem.status} ${problem.title}${problem.detail ? `: ${problem.detail}` : ""}`, options);
    this.problem = problem;
    this.headers = headers;
  }
}

/** The response that carries problem details. */
export function problemResponse(
  problem: ProblemDetails,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status } = problem;
  return new Response(JSON.stringify(problem), {
    // What a hook gave may be anything, and the client must have an answer.
    status: Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}
