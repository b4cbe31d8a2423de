import "reflect-metadata";
import { type INestApplication, Module } from "@nestjs/common";
import { ModuleRef, NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { describe, it } from "vitest";
import type { Mediator } from "../../mediator/mediator.js";
import { httpConformance } from "../../testing/http-conformance.js";
import { NestGateway } from "./nest-gateway.js";
import type { NestHttpOptions } from "./sluice-module-options.js";
import { sluiceRoutes } from "./sluice-routes.js";

const platforms = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() };

/** The suite brings its mediator along; the module makes its own. */
function moduleFor(mediator: Mediator, options: NestHttpOptions) {
  const { controllers, providers } = sluiceRoutes("api");
  class AppModule {}
  Module({
    controllers,
    providers: [
      ...providers,
      {
        provide: NestGateway,
        inject: [ModuleRef],
        useFactory: (moduleRef: ModuleRef) => new NestGateway(mediator, moduleRef, options),
      },
    ],
  })(AppModule);
  return AppModule;
}

async function listen(app: INestApplication) {
  await app.listen(0, "127.0.0.1");
  return { url: `${await app.getUrl()}/`, close: () => app.close() };
}

describe("NestJS conforms", () => {
  for (const { platform, bodyParser, ownsBody } of [
    { platform: "Express", bodyParser: true, ownsBody: false },
    { platform: "Express", bodyParser: false, ownsBody: true },
    { platform: "Fastify", bodyParser: true, ownsBody: false },
  ] as const) {
    const cases = httpConformance({
      name: `Nest on ${platform} ${bodyParser ? "with" : "without"} its body parser`,
      serve: async (mediator, options) => {
        const app = await NestFactory.create(moduleFor(mediator, options), platforms[platform](), {
          logger: false,
          bodyParser,
          forceCloseConnections: true,
        });
        const { url, close } = await listen(app.setGlobalPrefix("v1"));
        return { url: `${url}v1/api/`, close };
      },
      features: { remoteAddress: true, ownsBody, backpressure: true },
    });
    for (const { name, run } of cases) it(name, run);
  }
});
