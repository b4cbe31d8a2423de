import type { Container, ContainerScope } from "../containers/container.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";

/** Opens a scope of a container that has scopes; an error when it gives something else: never a silent nothing (rule U4). */
export function openScope(container: Container): ContainerScope {
  const scope = container.createScope?.();
  if (typeof scope?.resolve === "function" && typeof scope.close === "function") return scope;
  throw new InvalidOptionError(
    "container.createScope()",
    scope,
    "a scope with resolve() and close()",
    "It must give the scope itself, not a promise of it.",
  );
}
