import type { Headers } from "../../messages/metadata.js";
import type { WireBinding } from "../wire-format.js";

/** The attributes that are fields of a message, or that the format itself writes. All others are kept as headers. */
export const ownAttributes = [
  "specversion",
  "id",
  "source",
  "type",
  "time",
  "partitionkey",
  "datacontenttype",
] as const;

export type OwnAttribute = (typeof ownAttributes)[number];

export type OwnAttributes = { [name in OwnAttribute]: string | undefined };

const own: ReadonlySet<string> = new Set(ownAttributes);

/** How extension attributes stand among the headers of a message, whatever the broker. */
export const extensionPrefix = "ce-";

/** The names of headers in one binding, made once: to put them together for each message would take longer than all else. */
export class AttributeNames {
  static readonly #ofBindings = new WeakMap<WireBinding, AttributeNames>();
  readonly own: { readonly [name in OwnAttribute]: string };
  readonly #byHeader = new Map<string, OwnAttribute>();
  readonly #prefixes: readonly string[];
  readonly #anyCase: boolean;

  private constructor({ prefix, alsoReads = [], percentEncoded = false }: WireBinding) {
    this.#anyCase = percentEncoded;
    this.#prefixes = [prefix, ...alsoReads].map((each) => (percentEncoded ? each.toLowerCase() : each));
    this.own = Object.fromEntries(ownAttributes.map((name) => [name, prefix + name])) as typeof this.own;
    for (const each of this.#prefixes)
      for (const name of ownAttributes) this.#byHeader.set(each + name, name);
  }

  static of(binding: WireBinding): AttributeNames {
    let names = AttributeNames.#ofBindings.get(binding);
    if (names === undefined) {
      names = new AttributeNames(binding);
      AttributeNames.#ofBindings.set(binding, names);
    }
    return names;
  }

  /** The name of the attribute that a header is; `undefined` where it is none. */
  attributeOf(header: string): string | undefined {
    const name = this.#anyCase ? header.toLowerCase() : header;
    const own = this.#byHeader.get(name);
    if (own !== undefined) return own;
    for (const prefix of this.#prefixes) if (name.startsWith(prefix)) return name.slice(prefix.length);
    return undefined;
  }
}

/** Whether it is one of {@link ownAttributes}. */
export function isOwnAttribute(name: string): name is OwnAttribute {
  return own.has(name);
}

/** Whether a header is the media type of the body. */
export function isContentType(header: string): boolean {
  return header.length === 12 && (header === "content-type" || header.toLowerCase() === "content-type");
}

/** The media type of the body, where it is among the headers. */
export function contentTypeOf(headers: Headers): string | undefined {
  const name = "content-type" in headers ? "content-type" : Object.keys(headers).find(isContentType);
  const value: unknown = name === undefined ? undefined : headers[name];
  return typeof value === "string" ? value : undefined;
}
