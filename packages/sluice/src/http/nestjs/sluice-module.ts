import { ConfigurableModuleBuilder, Inject, Module, type OnModuleDestroy } from "@nestjs/common";
import { ModuleRef } from "@nestjs/core";
import { bootstrap } from "../../mediator/bootstrap.js";
import type { Mediator } from "../../mediator/mediator.js";
import { nestContainer } from "./nest-container.js";
import { NestGateway } from "./nest-gateway.js";
import { sluiceController } from "./sluice-controller.js";
import { SluiceMediator } from "./sluice-mediator.js";
import type { SluiceModuleExtras, SluiceModuleOptions } from "./sluice-module-options.js";

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<SluiceModuleOptions>()
  .setClassMethodName("forRoot")
  .setExtras<SluiceModuleExtras>({}, (definition, { path, isGlobal = false }) => ({
    ...definition,
    global: isGlobal,
    controllers: path === undefined ? [] : [sluiceController(path)],
  }))
  .build();

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
