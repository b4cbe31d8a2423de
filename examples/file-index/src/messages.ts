import { Command, DomainEvent } from "sluice";
import type { IndexedFile, UnreadFile } from "./files/read-entry.js";

/** Indexes every file below a folder, except the paths that are listed; streams what became of each. */
export class IndexFiles extends Command<IndexedFile | UnreadFile> {
  constructor(
    readonly folder: string,
    readonly except: readonly string[],
  ) {
    super();
  }
}

/** `text` is empty for a binary file; `path` is the path as it is on disk, which need not be UTF-8. */
export class TextExtracted extends DomainEvent {
  constructor(
    readonly file: IndexedFile,
    readonly path: Buffer,
    readonly text: string,
  ) {
    super();
  }
}

export class FileHashed extends DomainEvent {
  constructor(readonly file: IndexedFile) {
    super();
  }
}

export class FileMeasured extends DomainEvent {
  constructor(readonly file: IndexedFile) {
    super();
  }
}

export class FileRead extends DomainEvent {
  constructor(readonly file: IndexedFile) {
    super();
  }
}

export class FileNotRead extends DomainEvent {
  constructor(readonly file: UnreadFile) {
    super();
  }
}
