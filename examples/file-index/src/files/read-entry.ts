import { isUtf8 } from "node:buffer";
import { readlink, stat } from "node:fs/promises";
import { type Content, readContent } from "./read-content.js";
import { shownPath } from "./shown-path.js";
import type { Entry } from "./walk.js";

/** A file that was read. */
export interface IndexedFile extends Omit<Content, "text"> {
  readonly status: "indexed";
  readonly path: string;
}

/** What is no file (`"skipped"`), or a file or folder that could not be read (`"failed"`). */
export interface UnreadFile {
  readonly status: "skipped" | "failed";
  readonly path: string;
  readonly reason: string;
}

/** What became of an entry. */
export interface ReadEntry {
  readonly file: IndexedFile | UnreadFile;
  /** As it is on disk; `file.path` is for people. */
  readonly path: Buffer;
  /** Empty unless it is a file with text. */
  readonly text: string;
}

/** Reads a file; says what anything else is, and why a file could not be read. Fails only when `signal` aborts. */
export async function readEntry({ path, kind, error }: Entry, signal: AbortSignal): Promise<ReadEntry> {
  const shown = shownPath(path);
  const oddName = isUtf8(path) ? [] : ["its name is not valid UTF-8"];
  const unread = (status: UnreadFile["status"], reason: string): ReadEntry => ({
    file: { status, path: shown, reason: [reason, ...oddName].join("; ") },
    path,
    text: "",
  });
  if (kind === "link") return unread("skipped", await describeLink(path));
  if (kind === "unreadable folder") return unread("failed", `folder: ${describeError(error)}`);
  if (kind !== "file") return unread("skipped", kind);
  try {
    const { text, notes, ...content } = await readContent(path, signal);
    return {
      file: { status: "indexed", path: shown, ...content, notes: [...oddName, ...notes] },
      path,
      text,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return unread("failed", describeError(error));
  }
}

async function describeLink(path: Buffer): Promise<string> {
  let to: string;
  try {
    to = shownPath(await readlink(path, "buffer"));
  } catch (error) {
    return `link: ${describeError(error)}`;
  }
  try {
    const target = await stat(path);
    return `link to the ${target.isDirectory() ? "folder" : "file"} ${to}, not followed`;
  } catch (error) {
    return `${brokenLinks[codeOf(error)] ?? "unreadable"} link to ${to}`;
  }
}

const brokenLinks: Record<string, string> = { ENOENT: "broken", ENOTDIR: "broken", ELOOP: "circular" };

const failures: Record<string, string> = {
  ENOENT: "vanished before it was read",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  ELOOP: "became a link before it was read",
  ENAMETOOLONG: "its path is too long",
};

function describeError(error: unknown): string {
  return failures[codeOf(error)] ?? `cannot be read: ${error instanceof Error ? error.message : error}`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
