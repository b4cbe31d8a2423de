/** Names a value for an error message: `"3" (a string)`, `class Foo`, `an instance of Foo`, `undefined`. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `${JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)} (a string)`;
    case "function":
      return nameOf(value);
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `an array of ${value.length}`;
      const name = classNameOf(value);
      return name === "Object" ? "a plain object" : `an instance of ${name}`;
    }
    case "bigint":
      return `${value}n`;
    default:
      return String(value);
  }
}

/** The name of the class of an instance, whatever fields the instance has. */
export function classNameOf(instance: object): string {
  const type: unknown = Object.getPrototypeOf(instance)?.constructor;
  return typeof type === "function" ? type.name || "an anonymous class" : "Object";
}

/** The name of a class or a function, as an error message shows it. */
export function nameOf(value: { readonly name: string }): string {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  return value.name
    ? `${isClass ? "class " : ""}${value.name}`
    : isClass
      ? "an anonymous class"
      : "a function";
}
