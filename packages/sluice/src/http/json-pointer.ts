const part = /\.?([\p{L}_$][\p{L}\p{N}_$]*)|\[("(?:[^"\\]|\\.)*")\]|\[([^\]]*)\]/gu;

/** The way to a field (`items[2].price`) as a JSON pointer in a URI fragment's form (`#/items/2/price`, RFC 6901). */
export function jsonPointer(path: string): string {
  const keys = Array.from(path.matchAll(part), ([, name, quoted, index]) => {
    return name ?? (quoted === undefined ? (index as string) : (JSON.parse(quoted) as string));
  });
  return `#${keys.map((key) => `/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("")}`;
}
