import type { Route } from "./exposed.js";
import type { Limits } from "./http-limits.js";
import { readBody } from "./read-body.js";
import { refusal } from "./refusal.js";
import { parseSafely } from "./safe-json.js";

/** The fields of a request's message: the body of a POST, the parameter `input` of a query's GET. */
export async function readInput(
  request: Request,
  { isQuery }: Route,
  url: URL,
  limits: Limits,
): Promise<unknown> {
  if (request.method === "POST") return parseSafely(await readBody(request, limits), limits.jsonDepth);
  if (request.method === "GET" && isQuery)
    return parseSafely(readParameter(url, limits.bodyBytes), limits.jsonDepth);
  const allow = isQuery ? "GET, POST" : "POST";
  throw refusal("HTTP_METHOD", `Use ${allow.replace(",", " or")}.`, { headers: { allow } });
}

function readParameter(url: URL, maxBytes: number): string {
  const input = url.searchParams.get("input") ?? "{}";
  if (input.length > maxBytes) throw refusal("HTTP_BODY_TOO_LARGE", `The input may have ${maxBytes} bytes.`);
  return input;
}
