import { describe, it } from "vitest";
import { type Installed, notHere } from "../program.js";

/**
 * `describe`, for tests that need what npm does not bring everywhere. Where it is not here they are skipped, under a name
 * that says what to do; a run that counts (CI) must not go without, and fails. Without `needed` it is `describe`.
 */
export function describeWith(needed: Installed | undefined, name: string, tests: () => void): void {
  if (needed === undefined || needed.isInstalled()) describe(name, tests);
  else if (process.env.CI)
    describe(name, () => it(`needs ${needed.name}`, () => Promise.reject(notHere(needed))));
  else describe.skip(`${name} (skipped: ${notHere(needed).message})`, tests);
}
