// Makes the library's JavaScript: one file for each entry point, and what they share in chunks. `tsc -b` checks it, and
// writes the declarations. Why bundled at all: docs/decisions/bundled.md.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const library = new URL("../packages/sluice/", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("package.json", library), "utf8"));

const modules = Object.values(exports)
  .map((target) => /^\.\/dist\/(.+)\.js$/.exec(target.default ?? "")?.[1])
  .filter((module) => module !== undefined);

/**
 * What the core entry point exports besides messages, as an entry point of its own that is not published: so that all
 * its code lies in chunks, and a page which imports only messages leaves the mediator behind when it is bundled.
 */
const machinery = fileURLToPath(new URL("src/machinery.ts", library));
const index = readFileSync(new URL("src/index.ts", library), "utf8");
const code = index.match(/^export \{[^}]*\} from "\.\/(?!messages\/|errors\/)[^"]*";$/gm)?.join("\n") ?? "";

const bundle = await rolldown({
  cwd: fileURLToPath(library),
  input: {
    ...Object.fromEntries(modules.map((module) => [module, `src/${module}.ts`])),
    machinery,
  },
  external: /^[^./]/,
  platform: "neutral",
  // "use client" stays where it stands first in an entry point; the tests of the package look.
  onLog: (level, log, report) => log.code !== "MODULE_LEVEL_DIRECTIVE" && report(level, log),
  plugins: [
    {
      name: "machinery",
      resolveId: (id) => (id === machinery ? id : null),
      load: (id) => (id === machinery ? code : null),
    },
  ],
});
const { output: all } = await bundle.generate({
  chunkFileNames: "chunks/[name].js",
  // They import nothing, so they may stand together: fewer files are quicker to load.
  codeSplitting: {
    groups: [{ name: "messages", test: /[\\/]messages[\\/](request|command|query|event|domain-event)\.ts/ }],
  },
  comments: { jsdoc: false },
  sourcemap: true,
});
await bundle.close();
const output = all.filter(({ fileName }) => !fileName.startsWith("machinery.js"));

// What has not changed is left alone: somebody may be reading it.
const written = new Set();
for (const file of output) {
  const url = new URL(`dist/${file.fileName}`, library);
  const content = file.type === "chunk" ? file.code : file.source;
  written.add(file.fileName);
  if (existsSync(url) && readFileSync(url, "utf8") === content) continue;
  mkdirSync(new URL(".", url), { recursive: true });
  writeFileSync(url, content);
}
for (const path of readdirSync(new URL("dist/", library), { recursive: true, encoding: "utf8" })) {
  const file = path.replaceAll("\\", "/");
  const isStale = /\.js(\.map)?$/.test(file)
    ? !written.has(file)
    : /\.d\.ts(\.map)?$/.test(file) &&
      !existsSync(new URL(`src/${file.replace(/\.d\.ts(\.map)?$/, ".ts")}`, library));
  if (isStale) rmSync(new URL(`dist/${file}`, library));
}
