import { EmittingHandler } from "../handlers/emitting-handler.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { markHandlerClass } from "../handlers/handler-kind.js";
import type { Request, ResponseOf } from "../messages/request.js";

/**
 * Answers a request. The answer leaves after the events that it emitted are handled (rule R1).
 *
 * @example
 * ```ts
 * import { Query, RequestHandler } from "sluice";
 *
 * class GetUser extends Query<{ name: string }> {
 *   constructor(readonly userId: string) { super(); }
 * }
 *
 * class GetUserHandler extends RequestHandler<GetUser> {
 *   async handle(query: GetUser) { return { name: `user ${query.userId}` }; }
 * }
 * ```
 */
export abstract class RequestHandler<Req extends Request<unknown>> extends EmittingHandler {
  static {
    markHandlerClass(RequestHandler.prototype, "request");
  }

  abstract handle(request: Req, context: HandlerContext): ResponseOf<Req> | Promise<ResponseOf<Req>>;
}
