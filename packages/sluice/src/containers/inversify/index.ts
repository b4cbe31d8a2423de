export type { ScopeHook } from "../scope-hook.js";
export { type InversifyLike, type InversifyOptions, inversifyContainer } from "./inversify-container.js";
