/** Stand-in until ../http/problem.ts is there. */
export interface ProblemDetails {
  readonly type?: string | undefined;
  readonly title: string;
  readonly status: number;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly instance?: string | undefined;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
}

/** What came over the wire, if it is problem details. */
export function asProblem(value: unknown): ProblemDetails | undefined {
  const { title, status } = (value ?? {}) as Partial<ProblemDetails>;
  return typeof title === "string" && Number.isInteger(status) ? (value as ProblemDetails) : undefined;
}
