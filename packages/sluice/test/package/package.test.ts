import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { programs } from "@sluice-internal/services";
import { itWith } from "@sluice-internal/services/testing";
import manifest from "sluice/package.json" with { type: "json" };
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const library = join(root, "packages/sluice");
const tsc = join(root, "node_modules/typescript/bin/tsc");

const peers = Object.keys(manifest.peerDependencies);
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== "./package.json")
  .map((path) => `sluice${path.slice(1)}`);

/** An empty project with the packed package installed in it, as a user has it. */
let project: string;
/** The files of the installed package. */
let files: readonly string[];

const node = (...args: string[]) => run(process.execPath, args, { cwd: project });

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "sluice-consumer-")));
  const npm = { cwd: project, shell: process.platform === "win32" };
  await run("npm", ["pack", "--pack-destination", project], { ...npm, cwd: library });
  const [tarball] = (await readdir(project)).filter((name) => name.endsWith(".tgz"));
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`], npm);
  await cp(new URL("consumer/", import.meta.url), project, { recursive: true });
  const installed = await readdir(join(project, "node_modules/sluice"), {
    recursive: true,
    withFileTypes: true,
  });
  const folder = join(project, "node_modules/sluice/").length;
  files = installed
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder).replaceAll("\\", "/"));
});

afterAll(() => rm(project, { recursive: true, force: true }));

describe("the published package", () => {
  it("brings nothing along: no dependency, no peer that was not asked for", async () => {
    const installed = await readdir(join(project, "node_modules"));
    expect(installed.filter((name) => !name.startsWith("."))).toEqual(["sluice"]);
  });

  it("holds the build, its source and the two files about it, without tests", () => {
    const others = files.filter((file) => !/^(dist|src)\//.test(file));
    expect(others.filter((file) => file !== "CHANGELOG.md").sort()).toEqual([
      "LICENSE",
      "README.md",
      "package.json",
    ]);
    expect(files.filter((file) => /\.(test|test-d|fixture)\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it("holds the source and the types of each module, and no types whose source is gone", () => {
    const sources = files.filter((file) => file.startsWith("src/"));
    const types = sources.flatMap((source) => {
      const module = source.replace(/^src/, "dist").replace(/\.ts$/, "");
      return [`${module}.d.ts`, `${module}.d.ts.map`];
    });
    expect(files.filter((file) => /^dist\/.*\.d\.ts(\.map)?$/.test(file)).sort()).toEqual(types.sort());
  });

  it("holds one file of JavaScript for each entry point, and what they share, with maps", async () => {
    const isCode = (file: string) => /^dist\/.*\.js$/.test(file);
    const entries = Object.values(manifest.exports)
      .map((target) => (typeof target === "string" ? target : target.default).slice(2))
      .filter(isCode);
    const code = files.filter((file) => isCode(file) && !file.includes("/chunks/"));
    expect(code.sort()).toEqual([...entries, ...Object.values(manifest.bin)].sort());
    // Some only name what their chunks hold, as the core entry point does.
    const unmapped = files.filter((file) => isCode(file) && !files.includes(`${file}.map`));
    expect(unmapped).toContain("dist/index.js");
    for (const file of unmapped) {
      const code = await readFile(join(project, "node_modules/sluice", file), "utf8");
      expect(code, file).toMatch(/^((import|export) [^;]*;\n)+$/);
    }
  });

  it("says of its hook that it runs on the client, as servers that render React ask", async () => {
    const code = await readFile(join(project, "node_modules/sluice/dist/client/react/index.js"), "utf8");
    expect(code).toMatch(/^"use client";/);
  });

  it("holds the licence of each package that has become a part of it", async () => {
    const text = await readFile(join(project, "node_modules/sluice/dist/cli/LICENSES.txt"), "utf8");
    expect(text.match(/^\S+ \d+\.\d+\.\d+$/gm)).toEqual([
      expect.stringMatching(/^@commander-js\/extra-typings /),
      expect.stringMatching(/^commander /),
      expect.stringMatching(/^fast-string-truncated-width /),
    ]);
    expect(
      text.match(/^Copyright |^\(The MIT License\)|^(The )?MIT License/gim)?.length,
    ).toBeGreaterThanOrEqual(6);
  });

  it("imports only what it declares, its core nothing, its command and gzip modules of Node besides", async () => {
    const imported = new Set<string>();
    for (const file of files) {
      if (!/^dist\/.*(\.js|\.d\.ts)$/.test(file)) continue;
      const text = await readFile(join(project, "node_modules/sluice", file), "utf8");
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      for (const [, specifier = ""] of code.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"([^"\s]+)"/g)) {
        if (specifier.startsWith(".")) continue;
        if (/^dist\/(cli|codecs\/gzip)\//.test(file) && specifier.startsWith("node:")) continue;
        const isTechnology = /^dist\/\w+\/\w+\//.test(file);
        imported.add(
          isTechnology ? specifier.replace(/^((?:@[^/]+\/)?[^/]+).*/, "$1") : `${specifier} in ${file}`,
        );
      }
    }
    expect([...imported].filter((name) => !peers.includes(name))).toEqual([]);
  });
});

describe("its command", () => {
  it("runs by npx, without a config and without anything else installed", async () => {
    const npx = { cwd: project, shell: process.platform === "win32" };
    const help = await run("npx", ["sluice", "--help"], npx);
    expect(help.stdout).toMatch(/^Usage: sluice /);
    expect(help.stderr).toBe("");
    const { stdout } = await run("npx", ["sluice", "migrate", "--database", "sqlite:shop.db", "--json"], npx);
    expect(JSON.parse(stdout)).toMatchObject({ applied: [{ version: 1 }] });
  });
});

describe("in plain JavaScript", () => {
  it("runs as an ES module", async () => {
    const { stdout, stderr } = await node("main.js");
    expect([stdout, stderr]).toEqual(["1\n2\n3\n", ""]);
  });

  it("runs by require, as the same modules", async () => {
    const { stdout, stderr } = await node("main.cjs");
    expect([stdout, stderr]).toEqual(["3\ntrue SLUICE_INVALID_REQUEST\ntrue\n", ""]);
  });

  itWith(programs.oldestNode, "runs by require under the oldest Node, without a warning", {}, async () => {
    const { stdout, stderr } = await run(programs.oldestNode.path, ["main.cjs"], { cwd: project });
    expect([stdout, stderr]).toEqual(["3\ntrue SLUICE_INVALID_REQUEST\ntrue\n", ""]);
  });

  it("leaves out what is not used when it is bundled", async () => {
    await writeFile(join(project, "unused.js"), 'import "sluice";');
    await writeFile(join(project, "little.js"), 'import { Command } from "sluice"; console.log(Command);');
    const bundle = async (file: string) => {
      const bun = join(root, "node_modules/.bin/bun");
      const { stdout } = await run(bun, ["build", file, "--minify", "--target=browser"], { cwd: project });
      return stdout.trim();
    };
    expect(await bundle("unused.js")).toBe("");
    expect((await bundle("little.js")).length).toBeLessThan(1_000);
  });
});

describe("in TypeScript, strict and with declarations checked in full", () => {
  it("compiles by Node's resolution, and runs", async () => {
    await compile("main.ts", { module: "nodenext", noEmit: false, outDir: "out" });
    const { stdout, stderr } = await node("out/main.js");
    expect([stdout, stderr]).toEqual(["handled 1\n1 completed\n", ""]);
  });

  it("compiles for CommonJS by Node's resolution, and runs", async () => {
    const text = await readFile(join(project, "main.ts"), "utf8");
    const [declarations = "", statements = ""] = text.split(/^(?=for await)/m);
    await writeFile(
      join(project, "main.cts"),
      `${declarations}export async function main() {\n${statements.replace("export ", "")}}\nmain();\n`,
    );
    await compile("main.cts", { module: "nodenext", noEmit: false, outDir: "out" });
    const { stdout, stderr } = await node("out/main.cjs");
    expect([stdout, stderr]).toEqual(["handled 1\n1 completed\n", ""]);
  });

  it("compiles by a bundler's resolution", async () => {
    await compile("main.ts", { module: "esnext", moduleResolution: "bundler" });
  });

  it("compiles under every further strictness", async () => {
    await compile("main.ts", {
      module: "nodenext",
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      noImplicitOverride: true,
      isolatedModules: true,
      verbatimModuleSyntax: true,
    });
  });
});

describe("with its peers", () => {
  beforeAll(async () => {
    for (const peer of [...peers, "reflect-metadata", "@types/node"]) {
      const link = join(project, "node_modules", peer);
      await mkdir(dirname(link), { recursive: true });
      // npm keeps one beside the library where another workspace wants an older one.
      const folder = [library, root].map((at) => join(at, "node_modules", peer)).find(existsSync);
      await symlink(await realpath(folder ?? ""), link, "junction");
    }
  });

  it("has every entry point that it exports, without an effect of its own", async () => {
    const { stderr } = await node("effects.js", ...entries);
    expect(stderr).toBe("");
  });

  it("has types for every entry point, checked in full", async () => {
    const imports = entries.map((entry, index) => `import * as entry${index} from "${entry}";`);
    const names = entries.map((_, index) => `entry${index}`);
    await writeFile(join(project, "entries.ts"), `${imports.join("\n")}\nexport { ${names.join(", ")} };\n`);
    await compile("entries.ts", { module: "nodenext", types: ["node"] });
    await compile("entries.ts", { module: "esnext", moduleResolution: "bundler", types: ["node"] });
  });

  it("compiles for a server, which has Node's types and no page", async () => {
    await compile("main.ts", { module: "nodenext", lib: ["es2022"], types: ["node"] });
  });
});

async function compile(file: string, options: object): Promise<void> {
  const compilerOptions = { strict: true, target: "es2022", types: [], skipLibCheck: false, noEmit: true };
  const config = { compilerOptions: { ...compilerOptions, ...options }, files: [file] };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
  const { stdout } = await node(tsc, "--pretty", "false").catch((error) => error);
  expect(stdout).toBe("");
}
