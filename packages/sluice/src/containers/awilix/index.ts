export type { ScopeHook } from "../scope-hook.js";
export { type AwilixLike, type AwilixOptions, awilixContainer } from "./awilix-container.js";
