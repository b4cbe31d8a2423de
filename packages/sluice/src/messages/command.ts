import { Request } from "./request.js";

/** Tells this kind of message from the others, under a key that no field of a message can take; in types only. */
declare const kind: unique symbol;

/**
 * A request that changes something. `R` is the response of `send`, or the item of `stream`; `void` by default.
 *
 * @example
 * ```ts
 * import { Command } from "sluice";
 *
 * class RenameUser extends Command<{ renamed: boolean }> {
 *   constructor(readonly userId: string, readonly name: string) { super(); }
 * }
 * ```
 */
export abstract class Command<R = void> extends Request<R> {
  declare readonly [kind]: "command";
}
