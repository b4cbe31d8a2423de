/** Carries a request's response type; it exists in types only. */
declare const response: unique symbol;

const brand = Symbol.for("sluice.request");

/**
 * A message that exactly one handler answers. `R` is the response of `send`, or the item of `stream`.
 *
 * Extend {@link Command} where the request changes something and {@link Query} where it only reads.
 */
export abstract class Request<R = void> {
  declare readonly [response]: R;

  static {
    Object.defineProperty(Request.prototype, brand, { value: true });
  }
}

/** The response of a request class: what `send` answers, what `stream` yields. */
export type ResponseOf<Req> = Req extends Request<infer R> ? R : never;

/** Whether a value is a request, of this copy of the library or of another. */
export function isRequest(value: unknown): value is Request<unknown> {
  return typeof value === "object" && value !== null && brand in value;
}
