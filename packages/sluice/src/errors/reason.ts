import { describe } from "./describe.js";

/** What was thrown, in words. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : describe(thrown);
}
