import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Compiled, compileExamples } from "./compile-examples.js";
import { type Example, findExamples } from "./example-blocks.js";
import { runExample } from "./run-example.js";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const examples = findExamples(root);
let folder: string;
let compiled: Compiled[] = [];

beforeAll(async () => {
  mkdirSync(`${root}/node_modules/.cache`, { recursive: true });
  folder = mkdtempSync(`${root}/node_modules/.cache/docs-examples-`);
  compiled = await compileExamples(root, folder, examples);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.concurrent("every example compiles, runs to its end, and prints what it says", () => {
  it.for(examples.map(({ file, line }, index) => [`${file}:${line}`, index] as const))(
    "%s",
    { timeout: 20_000 },
    async ([, index], { signal }) => {
      const { runs, prints } = examples[index] as Example;
      const { program, errors } = compiled[index] as Compiled;
      expect(errors).toEqual([]);
      if (!runs) return;
      const printed = await runExample(program, signal);
      if (prints !== undefined) expect(printed).toBe(prints);
    },
  );
});
