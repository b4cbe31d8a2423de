/** The way to a field (`["items", 2, "price"]`) as a JSON pointer in a URI fragment's form (`#/items/2/price`, RFC 6901). */
export function jsonPointer(keys: readonly PropertyKey[]): string {
  const parts = keys.map((key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1"));
  return `#${parts.map((part) => `/${encodeURIComponent(part.toWellFormed())}`).join("")}`;
}
