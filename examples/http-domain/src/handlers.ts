import { setTimeout } from "node:timers/promises";
import { EventHandler, type HandlerContext, RequestHandler, StreamingRequestHandler } from "sluice";
import { type CountFiles, FileProcessed, type ProcessFiles } from "./messages.js";

let processed = 0;

export class ProcessFilesHandler extends StreamingRequestHandler<ProcessFiles> {
  async *handle({ fileIds }: ProcessFiles, { emit, signal }: HandlerContext) {
    let done = 0;
    try {
      for (const fileId of fileIds) {
        await setTimeout(100, undefined, { signal });
        emit(new FileProcessed(fileId));
        done++;
        yield { fileId, status: "completed" };
      }
    } finally {
      console.log(`ProcessFiles ended after ${done} of ${fileIds.length} files.`);
    }
  }
}

/** Has run when the client gets the item. */
export class CountProcessed extends EventHandler<FileProcessed> {
  async handle() {
    processed++;
  }
}

export class CountFilesHandler extends RequestHandler<CountFiles> {
  async handle() {
    return { processed };
  }
}
