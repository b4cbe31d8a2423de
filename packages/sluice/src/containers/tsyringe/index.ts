export type { ScopeHook } from "../scope-hook.js";
export { type TsyringeLike, tsyringeContainer } from "./tsyringe-container.js";
