import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { ProblemError } from "sluice/http";
import { shownPath } from "../files/shown-path.js";

/** The folder that the page may choose from, with all that is below it. Nothing else can be reached. */
export class Root {
  /** Absolute, without links. */
  readonly path: string;

  readonly #shown: string;

  constructor(path: string) {
    this.path = path;
    this.#shown = `${shownPath(Buffer.from(path))}/`;
  }

  /**
   * The absolute path, without links, of a folder that is named from the root on.
   *
   * @throws {ProblemError} there is none, or it is elsewhere: by "..", as an absolute path, through a link.
   */
  async find(folder: string): Promise<string> {
    const leadsOut = isAbsolute(folder) || folder.split(/[/\\]/).includes("..") || folder.includes("\0");
    const found = leadsOut ? undefined : await realpath(join(this.path, folder)).catch(() => undefined);
    if (found === undefined || !this.#holds(found) || !(await stat(found)).isDirectory()) {
      const detail = `There is no folder "${folder}" below the one that the server was started in.`;
      throw new ProblemError({ status: 404, title: "No such folder", code: "NO_SUCH_FOLDER", detail });
    }
    return found;
  }

  /** A path that was written for people, as this page shows it: from the root on. */
  shorten(shown: string): string {
    return shown.startsWith(this.#shown) ? shown.slice(this.#shown.length) : shown;
  }

  /** The path from the root on, as the page writes it. */
  nameOf(path: string): string {
    return relative(this.path, path).replaceAll(sep, "/");
  }

  #holds(path: string): boolean {
    return path === this.path || path.startsWith(this.path.endsWith(sep) ? this.path : this.path + sep);
  }
}
