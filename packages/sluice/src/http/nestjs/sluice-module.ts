import { ConfigurableModuleBuilder, Inject, Module, type OnModuleDestroy } from "@nestjs/common";
import { ModuleRef } from "@nestjs/core";
import { bootstrap } from "../../mediator/bootstrap.js";
import type { Mediator } from "../../mediator/mediator.js";
import { nestContainer } from "./nest-container.js";
import { NestGateway } from "./nest-gateway.js";
import { SluiceMediator } from "./sluice-mediator.js";
import type { SluiceModuleExtras, SluiceModuleOptions } from "./sluice-module-options.js";
import { sluiceRoutes } from "./sluice-routes.js";

const none = { controllers: [], providers: [] };

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<SluiceModuleOptions>()
  .setClassMethodName("forRoot")
  .setExtras<SluiceModuleExtras>({}, (definition, { path, isGlobal = false }) => {
    const { controllers, providers } = path === undefined ? none : sluiceRoutes(path);
    const all = [...(definition.providers ?? []), ...providers];
    return { ...definition, global: isGlobal, controllers, providers: all };
  })
  .build();

/**
 * A mediator for a Nest application, whose container is Nest: handlers are providers of any module. It exports
 * {@link SluiceMediator}, and exposes below `path` what `http` lists, through a controller: global guards, interceptors
 * and filters hold for that too. It runs on Express and on Fastify.
 *
 * `forRoot(options)` and `forRootAsync({ useFactory, inject, imports, path })` make it. Nest's body parser stands before
 * it, with its own limit (100 kB); a call joins the scope of its request (rule U3). When the application closes, open
 * streams are cut, their handlers end, and the mediator is closed.
 *
 * @throws {SluiceError} as `bootstrap` and `createHttpHandler`, when Nest makes its providers.
 *
 * @example
 * ```ts
 * import { Injectable, Module } from "@nestjs/common";
 * import { NestFactory } from "@nestjs/core";
 * import { Query } from "sluice";
 * import { SluiceModule } from "sluice/http/nestjs";
 *
 * class CountTo extends Query<number> {
 *   constructor(readonly last: number) { super(); }
 * }
 *
 * @Injectable()
 * class CountToHandler {
 *   async *handle({ last }: CountTo) {
 *     for (let n = 1; n <= last; n++) yield n;
 *   }
 * }
 *
 * @Module({
 *   imports: [
 *     SluiceModule.forRoot({
 *       path: "api",
 *       queriesMapper: (map) => map.bind(CountTo, CountToHandler),
 *       http: { stream: [CountTo] },
 *     }),
 *   ],
 *   providers: [CountToHandler],
 * })
 * class AppModule {}
 *
 * const app = await NestFactory.create(AppModule, { logger: false });
 * await app.listen(0, "127.0.0.1");
 * await app.close();
 * ```
 */
export class SluiceModule extends ConfigurableModuleClass implements OnModuleDestroy {
  readonly #mediator: Mediator;
  readonly #gateway: NestGateway;

  constructor(mediator: Mediator, gateway: NestGateway) {
    super();
    this.#mediator = mediator;
    this.#gateway = gateway;
  }

  /** Cuts open streams and waits for what else is under way. */
  async onModuleDestroy(): Promise<void> {
    this.#gateway.close();
    await this.#mediator.close();
  }
}

Inject(SluiceMediator)(SluiceModule, undefined, 0);
Inject(NestGateway)(SluiceModule, undefined, 1);
Module({
  providers: [
    {
      provide: SluiceMediator,
      inject: [MODULE_OPTIONS_TOKEN, ModuleRef],
      useFactory: ({ http: _, onScopeClose, ...options }: SluiceModuleOptions, moduleRef: ModuleRef) =>
        bootstrap({ ...options, container: nestContainer(moduleRef, { onScopeClose }) }),
    },
    {
      provide: NestGateway,
      inject: [MODULE_OPTIONS_TOKEN, ModuleRef, SluiceMediator],
      useFactory: ({ http }: SluiceModuleOptions, moduleRef: ModuleRef, mediator: Mediator) =>
        new NestGateway(mediator, moduleRef, http),
    },
  ],
  exports: [SluiceMediator],
})(SluiceModule);
