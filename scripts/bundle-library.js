// Makes the library's JavaScript: one file for each entry point, and what they share in chunks. `tsc -b` checks it, and
// writes the declarations. Why bundled at all: docs/decisions/bundled.md.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const library = new URL("../packages/sluice/", import.meta.url);
const { bin, exports } = JSON.parse(readFileSync(new URL("package.json", library), "utf8"));

const modules = [...Object.values(exports).map((target) => target.default ?? ""), ...Object.values(bin)]
  .map((path) => /^(?:\.\/)?dist\/(.+)\.js$/.exec(path)?.[1])
  .filter((module) => module !== undefined);

/** What the command uses of others: it becomes a part of the package, which has no dependencies. */
const bundled = ["@commander-js/extra-typings", "commander", "fast-string-truncated-width"];

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
  external: (id) => /^[^./]/.test(id) && !bundled.includes(id),
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
  // What only the command uses lies with it: nothing else may import Node's modules.
  chunkFileNames: ({ moduleIds }) =>
    moduleIds.every((id) => /[\\/]src[\\/]cli[\\/]/.test(id)) ? "cli/chunks/[name].js" : "chunks/[name].js",
  // They import nothing, so they may stand together: fewer files are quicker to load.
  codeSplitting: {
    groups: [{ name: "messages", test: /[\\/]messages[\\/](request|command|query|event|domain-event)\.ts/ }],
  },
  comments: { jsdoc: false },
  sourcemap: true,
});
await bundle.close();
const output = all.filter(({ fileName }) => !fileName.startsWith("machinery.js"));

const written = new Set();
for (const file of output) write(file.fileName, file.type === "chunk" ? file.code : file.source);
write("cli/LICENSES.txt", licences());
for (const path of Object.values(bin)) chmodSync(new URL(path, library), 0o755);
for (const path of readdirSync(new URL("dist/", library), { recursive: true, encoding: "utf8" })) {
  const file = path.replaceAll("\\", "/");
  const isStale = /\.js(\.map)?$/.test(file)
    ? !written.has(file)
    : /\.d\.ts(\.map)?$/.test(file) &&
      !existsSync(new URL(`src/${file.replace(/\.d\.ts(\.map)?$/, ".ts")}`, library));
  if (isStale) rmSync(new URL(`dist/${file}`, library));
}

/**
 * Writes a file of `dist`. What has not changed is left alone: somebody may be reading it.
 *
 * @param {string} name
 * @param {string | Uint8Array} content
 */
function write(name, content) {
  const url = new URL(`dist/${name}`, library);
  written.add(name);
  if (existsSync(url) && readFileSync(url, "utf8") === content) return;
  mkdirSync(new URL(".", url), { recursive: true });
  writeFileSync(url, content);
}

/** The licences of the packages that have become a part of this one, as they ask. */
function licences() {
  const folders = output
    .flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))
    .map((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0])
    .filter((folder) => folder !== undefined);
  const parts = [...new Set(folders)].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} comes without its licence.`);
    return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
  });
  return `The sluice command holds these packages.\n\n${parts.sort().join("\n\n")}`;
}
