/** Writes the way to a field as code would: `["payload", "items", 2, "price"]` is `payload.items[2].price`. */
export function fieldPath(keys: readonly PropertyKey[]): string {
  return keys
    .map((key, index) => {
      if (typeof key !== "string") return `[${String(key)}]`;
      if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `[${JSON.stringify(key)}]`;
      return index ? `.${key}` : key;
    })
    .join("");
}

/** The same, led by the name of the message's class. */
export function fieldOf(messageClass: string, path: string): string {
  return `${messageClass || "message"}${/^(\[|$)/.test(path) ? "" : "."}${path}`;
}
