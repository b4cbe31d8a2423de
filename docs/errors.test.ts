import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");
const table = read("docs/errors.md");

const row = /^\| `(\w+)` \| `(\w+)` \| `([\w/-]+)` \| ([^|]+) \| ([^|]+) \|$/gm;

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

/** What others throw: brokers of their own say with them what a relay is to do. */
const forOthers = ["BrokerUnavailableError", "MessageRefusedError"];

/** Whether a class is constructed anywhere; a copy that an error makes of itself does not count. */
function isRaised(name: string): boolean {
  if (forOthers.includes(name)) return true;
  return sources.some((source) => {
    const isOwn = source.includes(`class ${name} `);
    return (isOwn ? source.replaceAll(`return new ${name}(this.`, "") : source).includes(`new ${name}(`);
  });
}

describe("the codes of the source", () => {
  it("are all different", () => {
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).not.toEqual([]);
  });

  it("are the only ones that it mentions", () => {
    const mentioned = sources.flatMap((source) => source.match(/(?<=")SLUICE_\w+(?=")/g) ?? []);
    expect([...new Set(mentioned)].sort()).toEqual([...codes].sort());
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
    expect(isRaised(name)).toBe(true);
  });

  it.each(rows)("says in sentences what $code means and what to do", ({ meaning, remedy }) => {
    for (const text of [meaning, remedy]) expect(text).toMatch(/^[A-Z`].{15,}\.$/);
  });
});
