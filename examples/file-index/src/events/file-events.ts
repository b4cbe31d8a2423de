import { createHash } from "node:crypto";
import { NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";
import { pathText } from "../files/shown-path.js";

/** A file of the index, as its event tells of it; the path is as it is on disk. */
export interface FileFacts {
  readonly pathBytes: Uint8Array;
  readonly sha256: string;
  readonly type: string;
  readonly size: number;
}

/** A file is new in the index, or has new content. Paths are absolute here: whoever reads it may be anywhere. */
export class FileIndexed extends NotificationEvent<{
  readonly path: string;
  readonly sha256: string;
  readonly type: string;
  readonly size: number;
}> {
  constructor({ pathBytes, sha256, type, size }: FileFacts) {
    const payload = { path: pathText(pathBytes), sha256, type, size };
    super({ eventName: "file.indexed", topic: "files", key: keyOf(pathBytes), payload });
  }
}

/** A file is no longer there, nor in the index. */
export class FileForgotten extends NotificationEvent<{ readonly path: string }> {
  constructor(pathBytes: Uint8Array) {
    const payload = { path: pathText(pathBytes) };
    super({ eventName: "file.forgotten", topic: "files", key: keyOf(pathBytes), payload });
  }
}

/** The names under which they are written, whatever the classes are called. */
export const fileEvents = new MessageRegistry()
  .register("file.indexed", FileIndexed)
  .register("file.forgotten", FileForgotten);

/** The events of one file keep their order. A path may be longer than a key may be (500 characters), its hash is not. */
function keyOf(path: Uint8Array): string {
  return createHash("sha256").update(path).digest("hex");
}
