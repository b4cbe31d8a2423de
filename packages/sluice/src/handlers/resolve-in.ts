import type { Container } from "../containers/container.js";
import { describe } from "../errors/describe.js";
import type { AbstractClass, Class } from "../messages/class.js";
import { HandlerConstructionError } from "./handler-errors.js";

/** Resolves a class in a scope or container; without one it is constructed without arguments. */
export async function resolveIn<T>(container: Container | undefined, token: AbstractClass<T>): Promise<T> {
  let instance: T;
  try {
    instance = container === undefined ? new (token as Class<T>)() : await container.resolve(token);
  } catch (error) {
    throw new HandlerConstructionError(
      token,
      container ? "resolved from the container" : "constructed",
      error,
    );
  }
  if (typeof instance === "object" && instance !== null) return instance;
  const cause = new TypeError(`it gave ${describe(instance)}`);
  throw new HandlerConstructionError(token, "resolved from the container", cause);
}
