import { All, Controller, Inject, Req, Res, type Type } from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import { NestGateway } from "./nest-gateway.js";
import type { PlatformRequest, PlatformResponse } from "./nest-platform.js";

/** A controller for everything below a path: what is global (guards, interceptors, filters) holds for it too. */
export function sluiceController(path: string): Type {
  class SluiceController {
    readonly #gateway: NestGateway;

    constructor(gateway: NestGateway, { httpAdapter }: HttpAdapterHost) {
      this.#gateway = gateway;
      // Only now is the platform known, and each has a word of its own for everything below a path.
      All(httpAdapter.getType() === "fastify" ? "*" : "{*name}")(prototype, "handle", {
        value: prototype.handle,
      });
    }

    handle(request: PlatformRequest, reply: PlatformResponse): Promise<void> {
      return this.#gateway.handle(request, reply);
    }
  }

  const { prototype } = SluiceController;
  Inject(NestGateway)(SluiceController, undefined, 0);
  Inject(HttpAdapterHost)(SluiceController, undefined, 1);
  Req()(prototype, "handle", 0);
  Res()(prototype, "handle", 1);
  Controller(path)(SluiceController);
  return SluiceController;
}
