import { globSync, readFileSync } from "node:fs";

/** A fenced `ts` or `tsx` block of a page or of a docstring: a whole program. */
export interface Example {
  /** From the root of the repository: `docs/streaming.md`. */
  readonly file: string;
  /** Of its first line of code, from 1 up. */
  readonly line: number;
  readonly code: string;
  readonly language: "ts" | "tsx";
  /** `false` where the fence says `ts no-run`, and for a component, which does nothing by itself: it is compiled only. */
  readonly runs: boolean;
  /** What it prints, where a `console` block follows it. */
  readonly prints: string | undefined;
}

const pages = ["README.md", "docs/**/*.md"];
const sources = ["packages/sluice/src/**/*.ts"];

/** Every example of the README, the pages and the docstrings. */
export function findExamples(root: string): Example[] {
  return globSync([...pages, ...sources], {
    cwd: root,
    exclude: ["**/node_modules/**", "**/*.{test,test-d,fixture}.ts"],
  })
    .sort()
    .flatMap((file) => {
      const text = readFileSync(`${root}/${file}`, "utf8");
      return examplesOf(file, (file.endsWith(".ts") ? docstrings(text) : text).split("\n"));
    });
}

/** The text of the docstrings alone, every line at its place. */
function docstrings(source: string): string {
  return source.replace(/^.*$/gm, (line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? "");
}

function examplesOf(file: string, lines: readonly string[]): Example[] {
  const examples: Example[] = [];
  for (const block of fencedBlocks(lines)) {
    const last = examples.at(-1);
    if (block.info === "console" && last !== undefined) {
      examples[examples.length - 1] = { ...last, prints: block.text };
    } else if (/^tsx?\b/.test(block.info)) {
      const language = block.info.startsWith("tsx") ? "tsx" : "ts";
      const runs = language === "ts" && block.info !== "ts no-run";
      examples.push({ file, line: block.line, code: block.text, language, runs, prints: undefined });
    }
  }
  return examples;
}

function* fencedBlocks(lines: readonly string[]) {
  for (let start = 0; start < lines.length; start++) {
    const [, indent, info] = /^(\s*)```(\S.*)$/.exec(lines[start] as string) ?? [];
    if (indent === undefined || info === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, start);
    if (end < 0) throw new Error(`The block that starts in line ${start + 1} has no end.`);
    const text = lines.slice(start + 1, end).map((line) => line.slice(indent.length));
    yield { info: info.trim(), line: start + 2, text: text.join("\n") };
    start = end;
  }
}
