export { BreakerOpenError } from "../breaker-open-error.js";
export { type CockatielPolicy, cockatielBreaker } from "./cockatiel-breaker.js";
