import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { StreamOptions } from "../handlers/context-mediator.js";

/** Refuses the options of a dispatch that are outside their range. */
export function checkDispatchOptions(options: StreamOptions, method: string): void {
  const refuse: Refuse = (option, given, expected, advice) => {
    throw new InvalidOptionError(`${method} ${option}`, given, expected, advice);
  };
  if (!isRecord(options))
    return refuse("options", options, "an object", isSignal(options) ? "Write { signal }." : "");
  const { signal, readAhead, metadata, scope }: StreamOptions = options;
  if (signal !== undefined && signal !== null && !isSignal(signal)) {
    const isController = isSignal((signal as { signal?: unknown }).signal);
    refuse("signal", signal, "an AbortSignal, or null", isController ? "Give controller.signal." : "");
  }
  if (readAhead !== undefined && !(Number.isSafeInteger(readAhead) && readAhead >= 0)) {
    refuse("readAhead", readAhead, "a whole number from 0 up");
  }
  if (scope !== undefined && typeof scope?.resolve !== "function") {
    refuse("scope", scope, "a container's scope with resolve()");
  }
  if (metadata !== undefined) checkMetadata(metadata, refuse);
}

type Refuse = (option: string, given: unknown, expected: string, advice?: string) => void;

function checkMetadata(metadata: unknown, refuse: Refuse): void {
  if (!isRecord(metadata)) return refuse("metadata", metadata, "an object");
  for (const name of ["correlationId", "causationId"]) {
    const id = metadata[name];
    if (id !== undefined && typeof id !== "string") refuse(`metadata.${name}`, id, "a string");
  }
  const { headers } = metadata;
  if (headers === undefined) return;
  if (!isRecord(headers)) {
    const isMap = headers instanceof Map || headers instanceof Headers;
    return refuse(
      "metadata.headers",
      headers,
      "an object of strings",
      isMap ? "Write Object.fromEntries(headers)." : "",
    );
  }
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string") refuse(`metadata.headers.${name}`, value, "a string");
  }
}

function isSignal(value: unknown): boolean {
  return typeof (value as AbortSignal | null | undefined)?.addEventListener === "function";
}

/** An object with fields of its own, unlike an array, a Map or the web's Headers. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
