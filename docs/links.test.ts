import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root, exclude: ["**/node_modules/**"] });

describe("links between pages lead somewhere", () => {
  it.each(pages)("in %s", (page) => {
    const dead = linksOf(page).filter((link) => {
      const [path = "", heading] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return heading !== undefined && !headingsOf(target).includes(heading);
    });
    expect(dead).toEqual([]);
  });
});

/** The targets of a page's links within the repository. */
function linksOf(page: string): string[] {
  const links = prose(page).matchAll(/\]\(([^)\s]+)\)/g);
  return Array.from(links, ([, link]) => link as string).filter((link) => !/^\w+:/.test(link));
}

/** As GitHub and VitePress name headings of letters, digits and spaces. */
function headingsOf(page: string): string[] {
  const headings = prose(page).matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replace(/\s/g, "-"),
  );
}

/** The text of a page without its code. */
function prose(page: string): string {
  return readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");
}
