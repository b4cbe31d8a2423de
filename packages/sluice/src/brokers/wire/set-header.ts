/** Sets a header as a field of its own, also where it comes from outside and is called `__proto__`. */
export function setHeader(headers: Record<string, string>, name: string, value: string): void {
  if (name !== "__proto__") headers[name] = value;
  else Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
}
