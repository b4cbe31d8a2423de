import { describe, nameOf } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Class } from "../messages/class.js";
import { Query } from "../messages/query.js";
import { isRequest, type Request } from "../messages/request.js";

/** A class of requests, under the name of the class. */
type ExposedClass = Class<Request<unknown>>;

/**
 * A class of requests that may be called from outside: the class alone, whose name is its name on the wire, or with a
 * name that stays when the class is renamed or minified.
 */
export type Exposed = ExposedClass | { readonly name: string; readonly message: ExposedClass };

/** What one address answers. */
export interface Route {
  /** The name on the wire. */
  readonly name: string;
  readonly messageClass: ExposedClass;
  readonly kind: "send" | "stream";
  /** It changes nothing, so it may be read by GET. */
  readonly isQuery: boolean;
}

/** Everything that is exposed, by its name on the wire. */
export function routesOf(
  stream: readonly Exposed[] = [],
  send: readonly Exposed[] = [],
): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const [kind, list] of Object.entries({ stream, send })) {
    if (!Array.isArray(list)) throw new InvalidOptionError(kind, list, "a list of request classes");
    for (const exposed of list) {
      const route = routeOf(kind as Route["kind"], exposed);
      const taken = routes.get(route.name);
      if (taken !== undefined) throw duplicate(route, taken);
      routes.set(route.name, route);
    }
  }
  return routes;
}

function routeOf(kind: Route["kind"], exposed: Exposed): Route {
  const messageClass = typeof exposed === "function" ? exposed : exposed?.message;
  if (typeof messageClass !== "function" || !isRequest(messageClass.prototype)) {
    throw new InvalidOptionError(
      kind,
      exposed,
      "request classes, or { name, message } with one",
      typeof exposed === "string" ? "A name alone does not say which class it stands for." : "",
    );
  }
  const { name } = exposed;
  if (typeof name !== "string" || !/^[^\s/?#]+$/.test(name) || /^\.{1,2}$/.test(name)) {
    throw new InvalidOptionError(
      `${kind} name of ${nameOf(messageClass)}`,
      name,
      'text without white space, "/", "?" or "#"',
      name === "" ? "Give a class without a name one: { name, message }." : "",
    );
  }
  return { name, messageClass, kind, isQuery: messageClass.prototype instanceof Query };
}

function duplicate({ name, kind, messageClass }: Route, taken: Route): InvalidOptionError {
  const advice =
    taken.messageClass === messageClass
      ? "A request either answers once or streams: list it once."
      : `It stands for ${describe(taken.messageClass)} already: give one of them another, { name, message }.`;
  return new InvalidOptionError(`${kind} name of ${nameOf(messageClass)}`, name, "a name of its own", advice);
}
