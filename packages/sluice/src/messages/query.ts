import { Request } from "./request.js";

/** Tells this kind of message from the others, under a key that no field of a message can take; in types only. */
declare const kind: unique symbol;

/**
 * A request that reads and changes nothing. `R` is the response of `send`, or the item of `stream`.
 *
 * @example
 * ```ts
 * import { Query } from "sluice";
 *
 * class GetUser extends Query<{ name: string }> {
 *   constructor(readonly userId: string) { super(); }
 * }
 * ```
 */
export abstract class Query<R> extends Request<R> {
  declare readonly [kind]: "query";
}
