interface Difference {
  /** The way to the first value that differs. */
  readonly keys: readonly PropertyKey[];
  readonly before: unknown;
  readonly after: unknown;
}

/** Where two values first differ in what they hold; a property that is `undefined` counts as absent. */
export function difference(before: unknown, after: unknown): Difference | undefined {
  if (Object.is(before, after)) return;
  if (isObject(before) && isObject(after) && kindOf(before) === kindOf(after)) {
    if (before instanceof Uint8Array && isSame(before, after as unknown as Uint8Array)) return;
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const found = difference(own(before, key), own(after, key));
      if (found) return { ...found, keys: [Array.isArray(before) ? Number(key) : key, ...found.keys] };
    }
    return;
  }
  return { keys: [], before, after };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Quick, for bytes may be many. */
function isSame(before: Uint8Array, after: Uint8Array): boolean {
  return before.length === after.length && before.every((byte, index) => byte === after[index]);
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Objects of one kind differ in their own properties only; a date has none, so its moment is its kind. */
function kindOf(value: object): unknown {
  return value instanceof Date ? value.getTime() : (Object.getPrototypeOf(value) ?? Object.prototype);
}
