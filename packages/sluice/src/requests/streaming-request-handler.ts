import { EmittingHandler } from "../handlers/emitting-handler.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { markHandlerClass } from "../handlers/handler-kind.js";
import type { Request, ResponseOf } from "../messages/request.js";

/**
 * Answers a request with a stream of items. The events emitted since the last `yield` are handled before an item
 * leaves (rule S3), those after the last `yield` before the stream ends (rule S4).
 *
 * @example
 * ```ts
 * import { Command, DomainEvent, StreamingRequestHandler } from "sluice";
 *
 * class FileProcessed extends DomainEvent {
 *   constructor(readonly fileId: string) { super(); }
 * }
 *
 * class ProcessFiles extends Command<{ fileId: string; status: string }> {
 *   constructor(readonly fileIds: readonly string[]) { super(); }
 * }
 *
 * class ProcessFilesHandler extends StreamingRequestHandler<ProcessFiles> {
 *   async *handle(command: ProcessFiles) {
 *     for (const fileId of command.fileIds) {
 *       this.emit(new FileProcessed(fileId));
 *       yield { fileId, status: "completed" };
 *     }
 *   }
 * }
 * ```
 */
export abstract class StreamingRequestHandler<Req extends Request<unknown>> extends EmittingHandler {
  static {
    markHandlerClass(StreamingRequestHandler.prototype, "stream");
  }

  abstract handle(request: Req, context: HandlerContext): AsyncIterable<ResponseOf<Req>>;
}
