import type { NodeRequest } from "../node/node-request.js";
import type { NodeResponse } from "../node/node-response.js";

/** What is used of a request of Express' or Fastify's. */
export interface PlatformRequest {
  /** Fastify's: the request of Node. */
  readonly raw?: NodeRequest;
  readonly ip?: string | undefined;
  readonly url: string;
  readonly originalUrl?: string;
  readonly body?: unknown;
  /** Express': the route that matched. */
  readonly route?: { readonly path: string };
  /** Fastify's. */
  readonly routeOptions?: { readonly url?: string | undefined };
}

/** What is used of a response of Express' or a reply of Fastify's. */
export interface PlatformResponse {
  /** Fastify's: the response of Node. */
  readonly raw?: NodeResponse;
  hijack?(): unknown;
  getHeaders(): Record<string, number | string | readonly string[] | undefined>;
}
