import { Query } from "sluice";

interface FileItem {
  readonly fileId: string;
  readonly status: string;
  readonly size: number;
}

/** A query whose items are as long as those of the figures for servers: about 65 bytes a frame. */
export class ReadFiles extends Query<FileItem> {
  constructor(readonly count: number) {
    super();
  }
}

export function itemOf(n: number): FileItem {
  return { fileId: `file-${n}`, status: "done", size: n % 1000 };
}
