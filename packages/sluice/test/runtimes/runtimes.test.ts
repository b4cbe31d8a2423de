import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFar } from "./far-server.fixture.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const program = fileURLToPath(new URL("program.js", import.meta.url));
const clientProgram = fileURLToPath(new URL("client-program.js", import.meta.url));

const serverProgram = fileURLToPath(new URL("server-program.js", import.meta.url));

const nodePackage = `node_modules/node-${process.platform.replace("win32", "win")}-${process.arch}/bin/node`;
const executable = (path: string) => `${root}${path}${process.platform === "win32" ? ".exe" : ""}`;

/** npm has no Node of some versions for some platforms. */
const required = process.env.CI && process.platform === "linux" && process.arch === "x64";

const runtimes = [
  { name: "the Node of this run", path: process.execPath, userAgent: /^Node\.js\/\d\d$/ },
  { name: "Node 22.13", path: executable(`packages/runtimes/${nodePackage}`), userAgent: /^Node\.js\/22$/ },
  { name: "Node 24", path: executable(nodePackage), userAgent: /^Node\.js\/24$/ },
  { name: "Deno", path: `${root}node_modules/.bin/deno`, userAgent: /^Deno\/2\./ },
  { name: "Bun", path: `${root}node_modules/.bin/bun`, userAgent: /^Bun\/1\./ },
];

describe("the core streams, cancels and re-enters", () => {
  for (const { name, path, userAgent } of runtimes) {
    it.skipIf(!existsSync(path) && !required)(`under ${name}`, { timeout: 30_000 }, async () => {
      const { stdout, stderr } = await run(path, [
        ...(name === "Deno" ? ["run", "--no-prompt"] : []),
        program,
      ]);
      const [where, ...rest] = stdout.trim().split("\n");
      expect(where).toMatch(userAgent);
      expect(rest).toEqual(["AsyncLocalStorage: true", "ok"]);
      expect(stderr).toBe("");
    });
  }

  it("under Node without AsyncLocalStorage", async () => {
    const forget = "data:text/javascript,process.getBuiltinModule = undefined";
    const { stdout, stderr } = await run(process.execPath, ["--import", forget, program]);
    expect(stdout.trim().split("\n").slice(1)).toEqual(["AsyncLocalStorage: false", "ok"]);
    expect(stderr).toBe("");
  });
});

describe("the client streams, leaves and is told what failed", () => {
  let far: { origin: string; server: Server };

  beforeAll(async () => {
    far = await serveFar((_request, response) => response.writeHead(404).end());
  });

  afterAll(() => {
    far.server.closeAllConnections();
    far.server.close();
  });

  for (const { name, path, userAgent } of runtimes) {
    it.skipIf(!existsSync(path) && !required)(`under ${name}`, { timeout: 30_000 }, async () => {
      const { stdout, stderr } = await run(path, [
        ...(name === "Deno" ? ["run", "--no-prompt", "--allow-net"] : []),
        clientProgram,
        far.origin,
      ]);
      const [where, ...rest] = stdout.trim().split("\n");
      expect(where).toMatch(userAgent);
      expect(rest).toEqual(["ok"]);
      expect(stderr).toBe("");
    });
  }
});

describe("a Hono application is served by the runtime itself: it streams, and a reader that leaves ends the handler", () => {
  for (const { name, path, userAgent } of runtimes.filter(({ name }) => !name.includes("Node"))) {
    it.skipIf(!existsSync(path) && !required)(`under ${name}`, { timeout: 30_000 }, async () => {
      const { stdout } = await run(path, [
        ...(name === "Deno" ? ["run", "--no-prompt", "--allow-net"] : []),
        serverProgram,
      ]);
      const [where, ...rest] = stdout.trim().split("\n");
      expect(where).toMatch(userAgent);
      expect(rest).toEqual(["ok"]);
    });
  }
});
