import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");
const table = read("docs/errors.md");

const row = /^\| `(\w+)` \| `(\w+)` \| `([\w/]+)` \| ([^|]+) \| ([^|]+) \|$/gm;

/** A row that is written in another way is not among them. */
const rows = Array.from(
  table.matchAll(row),
  ([, code = "", name = "", entry = "", meaning = "", remedy = ""]) => {
    return { code, name, entry, meaning, remedy };
  },
);

const codes = Array.from(
  read("packages/sluice/src/errors/codes.ts").matchAll(/\| "(SLUICE_\w+)"/g),
  ([, code = ""]) => code,
);

const sources = globSync("packages/sluice/src/**/*.ts", {
  cwd: root,
  exclude: ["**/*.test.ts", "**/*.test-d.ts", "**/*.fixture.ts"],
}).map(read);

/** How often a class is constructed in the source; a copy that an error makes of itself does not count. */
function raised(name: string): number {
  const constructed = new RegExp(`(?<!return )new ${name}\\(`, "g");
  const returned = new RegExp(`return new ${name}\\((?!this\\.)`, "g");
  return sources.flatMap((source) => [
    ...(source.match(constructed) ?? []),
    ...(source.match(returned) ?? []),
  ]).length;
}

describe("the codes of the source", () => {
  it("are all different, and in order", () => {
    expect(codes).toEqual([...new Set(codes)].sort());
  });

  it("are the only ones that it mentions", () => {
    const mentioned = sources.flatMap((source) => source.match(/(?<=")SLUICE_\w+(?=")/g) ?? []);
    expect([...new Set(mentioned)].sort()).toEqual(codes);
  });
});

describe("the table of errors", () => {
  it("has one row for each code of the source, in their order, and no other", () => {
    expect(rows.map(({ code }) => code)).toEqual(codes);
    expect(table.match(/^\| `/gm)).toHaveLength(rows.length);
  });

  it.each(rows)("names the class of $code and where it comes from", async ({ code, name, entry }) => {
    const exported: Record<string, unknown> = await import(entry);
    const errorClass = exported[name] as new (...given: never[]) => object;
    expect(errorClass, `${entry} exports ${name}`).toBeTypeOf("function");
    // The code is a field of the instance, so the class shows it in its source.
    expect(Function.prototype.toString.call(errorClass)).toContain(`code = "${code}"`);
  });

  it.each(rows)("has a row for $code because $name is raised", ({ name }) => {
    expect(raised(name)).toBeGreaterThan(0);
  });

  it.each(rows)("says in sentences what $code means and what to do", ({ meaning, remedy }) => {
    for (const text of [meaning, remedy]) expect(text).toMatch(/^[A-Z`].{15,}\.$/);
  });
});
