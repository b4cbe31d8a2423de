interface AsyncHooks {
  AsyncResource: { bind<T extends (...given: never[]) => unknown>(body: T): T };
}

interface RuntimeWithBuiltins {
  process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined };
}

const hooks = (globalThis as RuntimeWithBuiltins).process?.getBuiltinModule?.("node:async_hooks");

/**
 * Keeps a callback in the context in which it was made, whoever calls it: a stream that goes on because a socket has
 * drained must not go on in the context of another request.
 */
export const keepContext: <T extends (...given: never[]) => unknown>(body: T) => T =
  hooks === undefined ? (body) => body : (body) => hooks.AsyncResource.bind(body);
