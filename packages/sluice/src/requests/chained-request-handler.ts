import { nameOf } from "../errors/describe.js";
import { EmittingHandler, runOf } from "../handlers/emitting-handler.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { InvalidHandlerError } from "../handlers/handler-errors.js";
import { markHandlerClass } from "../handlers/handler-kind.js";
import type { Request, ResponseOf } from "../messages/request.js";
import { ChainRun } from "./chain.js";

/** What a link of a chain is given: `next` passes the request on, and answers as the rest of the chain does. */
export interface ChainContext<Req extends Request<unknown>> extends HandlerContext {
  readonly next: (request: Req) => Promise<ResponseOf<Req>>;
}

/**
 * A link of a chain of responsibility: it answers the request, or passes it on with `this.next(request)` (or
 * `context.next`, which works on a shared instance too). The chain stops at the first link that answers (rule R4).
 *
 * @example
 * ```ts
 * import { ChainedRequestHandler, Command, RequestMap } from "sluice";
 *
 * class Pay extends Command<string> {
 *   constructor(readonly method: "card" | "bank") { super(); }
 * }
 *
 * class PayByCard extends ChainedRequestHandler<Pay> {
 *   async handle(command: Pay) { return command.method === "card" ? "paid by card" : this.next(command); }
 * }
 *
 * class PayByBank extends ChainedRequestHandler<Pay> {
 *   async handle(command: Pay) { return command.method === "bank" ? "paid by bank" : this.next(command); }
 * }
 *
 * new RequestMap().bind(Pay, [PayByCard, PayByBank]);
 * ```
 */
export abstract class ChainedRequestHandler<Req extends Request<unknown>> extends EmittingHandler {
  static {
    markHandlerClass(ChainedRequestHandler.prototype, "chain");
  }

  abstract handle(request: Req, context: ChainContext<Req>): ResponseOf<Req> | Promise<ResponseOf<Req>>;

  /** Passes the request on to the next link. */
  protected next(request: Req): Promise<ResponseOf<Req>> {
    const run = runOf(this);
    if (run instanceof ChainRun) return run.next(request) as Promise<ResponseOf<Req>>;
    throw new InvalidHandlerError(
      `${nameOf(this.constructor)} is not run as a link of a chain. Bind a list: bind(Request, [First, Second]).`,
      this,
    );
  }
}
