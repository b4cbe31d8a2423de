import type { ModuleRef } from "@nestjs/core";
import type { Mediator } from "../../mediator/mediator.js";
import { basePathOf } from "../base-path-of.js";
import { createHttpHandler, type HttpHandler } from "../http-handler.js";
import { callHandler } from "../node/call-handler.js";
import type { NodeRequest } from "../node/node-request.js";
import type { NodeResponse } from "../node/node-response.js";
import { writeResponse } from "../node/write-response.js";
import { requestScope } from "./nest-container.js";
import type { PlatformRequest, PlatformResponse } from "./nest-platform.js";
import type { NestHttpOptions } from "./sluice-module-options.js";

/** Answers what the controller is given, on either platform. */
export class NestGateway {
  readonly #handle: HttpHandler<PlatformRequest>;
  readonly #open = new Set<NodeResponse>();

  constructor(mediator: Mediator, moduleRef: ModuleRef, options: NestHttpOptions = {}) {
    this.#handle = createHttpHandler(mediator, {
      scope: ({ native }) => requestScope(moduleRef, native),
      ...options,
    });
  }

  async handle(request: PlatformRequest, reply: PlatformResponse): Promise<void> {
    const req = request.raw ?? (request as PlatformRequest & NodeRequest);
    const res = reply.raw ?? (reply as PlatformResponse & NodeResponse);
    this.#open.add(res);
    res.once("close", () => this.#open.delete(res));
    const url = request.originalUrl ?? request.url;
    const response = await callHandler(this.#handle, req, res, {
      remoteAddress: request.ip,
      basePath: basePathOf(request.routeOptions?.url ?? request.route?.path ?? "/*", url),
      parsedBody: request.body,
      url,
      native: request,
    });
    if (reply.hijack !== undefined) {
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) res.setHeader(name, value as string);
      }
    }
    await writeResponse(response, res);
  }

  /** Cuts what is open: a stream may never end by itself, and the server waits for it when it closes. */
  close(): void {
    for (const res of this.#open) res.destroy();
  }
}
