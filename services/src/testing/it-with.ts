import { it, type TestOptions } from "vitest";
import { type Installed, notHere } from "../program.js";

/** `it` for a test that needs what npm does not bring everywhere; see `describeWith`. */
export function itWith(
  needed: Installed,
  name: string,
  options: TestOptions,
  test: () => Promise<unknown>,
): void {
  if (needed.isInstalled()) it(name, options, test);
  else if (process.env.CI) it(name, () => Promise.reject(notHere(needed)));
  else it.skip(`${name} (skipped: ${notHere(needed).message})`, test);
}
