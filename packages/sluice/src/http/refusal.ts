import { ProblemError, type ProblemIssue } from "./problem.js";

/** Why a call was refused before it reached a handler: the `code` of its problem details. */
export type RefusalCode = keyof typeof refusals;

const refusals = {
  HTTP_UNKNOWN_NAME: [404, "Not Found"],
  HTTP_METHOD: [405, "Method Not Allowed"],
  HTTP_IS_RESPONSE: [406, "Not Acceptable"],
  HTTP_IS_STREAM: [406, "Not Acceptable"],
  HTTP_NOT_ACCEPTABLE: [406, "Not Acceptable"],
  HTTP_CONTENT_TYPE: [415, "Unsupported Media Type"],
  HTTP_CONTENT_ENCODING: [415, "Unsupported Media Type"],
  HTTP_BODY_TOO_LARGE: [413, "Content Too Large"],
  HTTP_BODY_TIMEOUT: [408, "Request Timeout"],
  HTTP_INVALID_JSON: [400, "Bad Request"],
  HTTP_JSON_TOO_DEEP: [400, "Bad Request"],
  HTTP_UNSAFE_KEY: [400, "Bad Request"],
  HTTP_INVALID_INPUT: [422, "Unprocessable Content"],
  HTTP_UNAUTHENTICATED: [401, "Unauthorized"],
  HTTP_CLIENT_STREAMS: [429, "Too Many Requests"],
  HTTP_STREAMS: [503, "Service Unavailable"],
  HTTP_TIMEOUT: [503, "Service Unavailable"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

/** Refuses a call, in words that hold nothing but the caller's own and the limits. */
export function refusal(
  code: RefusalCode,
  detail: string,
  { headers, errors }: { headers?: Record<string, string>; errors?: readonly ProblemIssue[] } = {},
): ProblemError {
  const [status, title] = refusals[code];
  return new ProblemError({ title, status, code, detail, errors }, { headers });
}
