import { readdir } from "node:fs/promises";
import { RequestHandler } from "sluice";
import { ProblemError } from "sluice/http";
import type { ListFolders } from "./messages.js";
import type { Root } from "./root.js";

const mostNames = 500;

export class ListFoldersHandler extends RequestHandler<ListFolders> {
  constructor(
    readonly root: Root,
    readonly limit: number,
  ) {
    super();
  }

  async handle({ folder }: ListFolders) {
    const path = await this.root.find(folder);
    const entries = await readdir(path, { withFileTypes: true }).catch(() => {
      const detail = `The server may not look into "${folder}".`;
      throw new ProblemError({ status: 403, title: "Unreadable folder", code: "UNREADABLE_FOLDER", detail });
    });
    const names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.includes("\ufffd")) // a name that is not UTF-8 names nothing
      .map(({ name }) => name)
      .sort();
    return {
      root: this.root.path,
      folder: this.root.nameOf(path),
      names: names.slice(0, mostNames),
      more: Math.max(names.length - mostNames, 0),
      limit: this.limit,
    };
  }
}
