import type { ProblemDetails } from "../http/problem.js";
import { asProblem } from "./as-problem.js";
import type { Call } from "./call.js";
import { RemoteError } from "./client-errors.js";
import { excerptOf } from "./excerpt-of.js";
import { retryAfter } from "./retry-after.js";

/** The error for an answer whose status says that there is one. */
export function remoteErrorOf(
  { name, url }: Call,
  { status, statusText, headers }: Response,
  text: string,
): RemoteError {
  const contentType = headers.get("content-type") ?? "no content type";
  const problem = /^application\/problem\+json\b/i.test(contentType) ? problemIn(text) : undefined;
  const retryAfterMs = retryAfter(headers.get("retry-after"));
  if (problem !== undefined) return remoteError(name, status, problem, 0, retryAfterMs);
  const what =
    `${statusText || "without a reason"}, with ${contentType} and no problem details${excerptOf(text)}. Something ` +
    `before the far handler may have answered POST ${url}: a proxy, or another route`;
  return new RemoteError(name, status, undefined, 0, `${what}.`, retryAfterMs);
}

/** The error for problem details. */
export function remoteError(
  name: string,
  status: number,
  problem: ProblemDetails,
  items: number,
  retryAfterMs?: number,
): RemoteError {
  const { title, code, detail, errors } = problem;
  const parts = [code === undefined ? title : `${title} (${code})`];
  if (typeof detail === "string") parts.push(detail);
  if (Array.isArray(errors)) {
    for (const { pointer, detail } of errors.slice(0, 10)) parts.push(`${pointer}: ${detail}`);
  }
  return new RemoteError(name, status, problem, items, parts.join("\n"), retryAfterMs);
}

function problemIn(text: string): ProblemDetails | undefined {
  try {
    return asProblem(JSON.parse(text));
  } catch {
    return undefined;
  }
}
