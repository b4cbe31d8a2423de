import { All, Controller, Inject, type ModuleMetadata, Req, Res } from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import { NestGateway } from "./nest-gateway.js";
import type { PlatformRequest, PlatformResponse } from "./nest-platform.js";

/** A controller for everything below a path: what is global (guards, interceptors, filters) holds for it too. */
export function sluiceRoutes(path: string): Required<Pick<ModuleMetadata, "controllers" | "providers">> {
  class SluiceController {
    readonly #gateway: NestGateway;

    constructor(gateway: NestGateway) {
      this.#gateway = gateway;
    }

    handle(request: PlatformRequest, reply: PlatformResponse): Promise<void> {
      return this.#gateway.handle(request, reply);
    }
  }

  const { prototype } = SluiceController;
  Inject(NestGateway)(SluiceController, undefined, 0);
  Req()(prototype, "handle", 0);
  Res()(prototype, "handle", 1);
  Controller(path)(SluiceController);

  // Each platform has a word of its own for everything below a path, and is known only when providers are made. Nest
  // makes them before it looks for routes; the controller may be made for each request.
  const addRoute = ({ httpAdapter }: HttpAdapterHost) => {
    const wildcard = httpAdapter?.getType() === "fastify" ? "*" : "{*name}";
    All(wildcard)(prototype, "handle", { value: prototype.handle });
  };
  const route = { provide: addRoute, inject: [HttpAdapterHost], useFactory: addRoute };
  return { controllers: [SluiceController], providers: [route] };
}
