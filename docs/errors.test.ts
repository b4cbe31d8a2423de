import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

const codes = [...read("packages/sluice/src/errors/codes.ts").matchAll(/"(SLUICE_\w+)"/g)].map(
  ([, code]) => code,
);
const rows = [...read("docs/errors.md").matchAll(/^\| `(SLUICE_\w+)` \| `(\w+)` \| `([\w/]+)` \|/gm)].map(
  ([, code = "", name = "", entry = ""]) => ({ code, name, entry }),
);

describe("the table of errors", () => {
  it("has one row for each code of the source, and no other", () => {
    expect(rows.map(({ code }) => code).sort()).toEqual([...codes].sort());
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(rows)("names the class of $code and where it comes from", async ({ code, name, entry }) => {
    const exported: Record<string, unknown> = await import(entry);
    const errorClass = exported[name] as new (...given: never[]) => object;
    expect(errorClass, `${entry} exports ${name}`).toBeTypeOf("function");
    // The code is a field of the instance, so the class shows it in its source.
    expect(Function.prototype.toString.call(errorClass)).toContain(`code = "${code}"`);
  });
});
