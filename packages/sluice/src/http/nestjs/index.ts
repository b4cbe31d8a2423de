export type { ScopeHook } from "../../containers/scope-hook.js";
export { type NestScope, nestContainer, requestScope } from "./nest-container.js";
export { SluiceMediator } from "./sluice-mediator.js";
export { SluiceModule } from "./sluice-module.js";
export type { NestHttpOptions, SluiceModuleOptions } from "./sluice-module-options.js";
