import { type HandlerContext, StreamingRequestHandler } from "sluice";
import { readFiles } from "../files/read-files.js";
import {
  FileHashed,
  FileMeasured,
  FileNotRead,
  FileRead,
  type IndexFiles,
  TextExtracted,
} from "../messages.js";

export class IndexFilesHandler extends StreamingRequestHandler<IndexFiles> {
  async *handle({ folder, except }: IndexFiles, { signal }: HandlerContext) {
    for await (const { file, path, text } of readFiles(folder, except, signal)) {
      if (file.status === "indexed") {
        this.emit(new TextExtracted(file, path, text));
        this.emit(new FileHashed(file));
        this.emit(new FileMeasured(file));
        this.emit(new FileRead(file));
      } else {
        this.emit(new FileNotRead(file));
      }
      yield file; // leaves when its events are handled: whoever sees it finds it in the index
    }
  }
}
