import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { StreamOptions } from "../handlers/context-mediator.js";

/** Refuses the options of a dispatch that are outside their range. */
export function checkDispatchOptions(options: StreamOptions, method: string): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError(`${method} options`, options, "an object");
  }
  const { signal, readAhead, metadata, scope } = options;
  if (signal && typeof signal.addEventListener !== "function") {
    throw new InvalidOptionError(`${method} signal`, signal, "an AbortSignal, or null");
  }
  if (readAhead !== undefined && !(Number.isSafeInteger(readAhead) && readAhead >= 0)) {
    throw new InvalidOptionError(`${method} readAhead`, readAhead, "a whole number from 0 up");
  }
  if (scope !== undefined && typeof scope?.resolve !== "function") {
    throw new InvalidOptionError(`${method} scope`, scope, "a container's scope with resolve()");
  }
  if (metadata !== undefined) checkMetadata(metadata, method);
}

function checkMetadata(metadata: object, method: string): void {
  if (typeof metadata !== "object" || metadata === null) {
    throw new InvalidOptionError(`${method} metadata`, metadata, "an object");
  }
  const { correlationId, causationId, headers } = metadata as Record<string, unknown>;
  for (const [name, value] of Object.entries({ correlationId, causationId })) {
    if (value !== undefined && typeof value !== "string") {
      throw new InvalidOptionError(`${method} metadata.${name}`, value, "a string");
    }
  }
  if (headers === undefined) return;
  if (typeof headers !== "object" || headers === null) {
    throw new InvalidOptionError(`${method} metadata.headers`, headers, "an object of strings");
  }
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string")
      throw new InvalidOptionError(`${method} metadata.headers.${name}`, value, "a string");
  }
}
