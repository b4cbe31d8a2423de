import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const semantics = readFileSync(`${root}/docs/semantics.md`, "utf8");
const rules = Array.from(semantics.matchAll(/^### ([SERUMOC]\d+) /gm), ([, rule]) => rule as string);

/** The rules that files name: "(S3)", "(rules U)", "(E5, S13; …)". */
function rulesNamedIn(pattern: string, named: RegExp): Set<string> {
  const texts = globSync(pattern, { cwd: root }).map((file) => readFileSync(`${root}/${file}`, "utf8"));
  const groups = texts.flatMap((text) => Array.from(text.matchAll(named), ([group]) => group));
  return new Set(groups.flatMap((group) => group.match(/\b[SERUMOC]\d+\b/g) ?? []));
}

describe("docs/semantics.md", () => {
  // The cases of the suites for stores are tests, too.
  const tested = rulesNamedIn(
    "packages/sluice/{src,test}/**/*{.test,.test-d,-cases}.ts",
    /\([^()]*\b[SERUMOC]\d+[^()]*\)/g,
  );

  it.each(rules)("has rule %s, which tests name", (rule) => {
    expect(tested).toContain(rule);
  });

  it("has every rule that sources and tests name", () => {
    const named = rulesNamedIn("packages/sluice/{src,test}/**/*.ts", /\((?:rules? )?[SERUMOC]\d+[^()]*\)/g);
    expect([...named].filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});
