import type { ContainerScope } from "../containers/container.js";
import type { Runtime } from "./runtime.js";

/** That something failed, whatever was thrown: `undefined` may be thrown too. */
export interface Failure {
  readonly error: unknown;
}

/**
 * Closes a scope. When a failure led here, its error is what the caller must see, so a failure to roll back goes to
 * the logger.
 */
export async function closeScope(
  scope: ContainerScope,
  failure: Failure | undefined,
  runtime: Runtime,
): Promise<void> {
  if (failure === undefined) return scope.close();
  try {
    await scope.close(failure.error ?? new Error(`The handler threw ${failure.error}.`));
  } catch (error) {
    runtime.logger.error({ error, cause: failure.error }, "A scope could not be closed after an error.");
  }
}
