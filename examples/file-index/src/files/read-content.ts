import { createHash } from "node:crypto";
import fs, { closeSync, constants, fstatSync } from "node:fs";
import { promisify } from "node:util";
import { fileTypeFromBuffer } from "file-type";

// Only what may wait for the disk goes to another thread: for the rest, the way there takes longer than the work.
const open = promisify(fs.open);
const read = promisify(fs.read);

/** What is in a file. */
export interface Content {
  readonly size: number;
  /** Told by the content. */
  readonly type: string;
  readonly sha256: string;
  /** What is odd about it. */
  readonly notes: readonly string[];
  /** The first MiB of it; empty when the file is binary. */
  readonly text: string;
}

const textLimit = 1024 ** 2;
const chunkSize = 1024 ** 2;
const typeLimit = 64 * 1024;
const huge = 1024 ** 3;

// A link or a pipe that took the file's place after the folder was listed can neither lead us elsewhere nor hold us.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Reads a file once, as a stream: in constant memory, whatever its size. */
export async function readContent(path: Buffer, signal: AbortSignal): Promise<Content> {
  const file = await open(path, flags);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error("it is no longer a file");
    const hash = createHash("sha256");
    const kept: Buffer[] = [];
    let size = 0;
    // A file that grows while it is read is read to the size it had; one without a size (in /proc) to its end.
    for await (const chunk of chunksOf(file, stats.size || Infinity)) {
      signal.throwIfAborted();
      hash.update(chunk);
      if (size < textLimit) kept.push(Buffer.from(chunk));
      size += chunk.length;
    }
    const head = Buffer.concat(kept).subarray(0, textLimit);
    const text = decode(head, size);
    const notes: string[] = [];
    if (size >= huge) notes.push("huge");
    if (text && size > textLimit) notes.push("only the first MiB of its text is indexed");
    return { size, type: await typeOf(head, text), sha256: hash.digest("hex"), notes, text: text ?? "" };
  } finally {
    closeSync(file);
  }
}

/** A file's bytes; a chunk is good until the next one is asked for. */
async function* chunksOf(file: number, end: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(chunkSize, end));
  for (let position = 0; position < end; ) {
    const { bytesRead } = await read(file, buffer, 0, Math.min(buffer.length, end - position), null);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The text of a file's head, without a character that the head cuts in two; `undefined` when it is binary. */
function decode(head: Buffer, size: number): string | undefined {
  if (head.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: head.length < size });
  } catch {
    return undefined;
  }
}

async function typeOf(head: Buffer, text: string | undefined): Promise<string> {
  const detected = await fileTypeFromBuffer(head.subarray(0, typeLimit)).catch(() => undefined);
  return detected?.mime ?? (text === undefined ? "application/octet-stream" : "text/plain");
}
