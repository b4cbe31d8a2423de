import type { ProblemDetails } from "../http/problem.js";

/** What came over the wire, if it is problem details. */
export function asProblem(value: unknown): ProblemDetails | undefined {
  const { title, status } = (value ?? {}) as Partial<ProblemDetails>;
  return typeof title === "string" && Number.isInteger(status) ? (value as ProblemDetails) : undefined;
}
