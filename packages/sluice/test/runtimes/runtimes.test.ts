import { execFile } from "node:child_process";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { programs } from "@sluice-internal/services";
import { itWith } from "@sluice-internal/services/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFar } from "./far-server.fixture.js";

const run = promisify(execFile);
const program = fileURLToPath(new URL("program.js", import.meta.url));
const clientProgram = fileURLToPath(new URL("client-program.js", import.meta.url));

const serverProgram = fileURLToPath(new URL("server-program.js", import.meta.url));

const runtimes = [
  { runtime: programs.thisNode, userAgent: /^Node\.js\/\d\d$/ },
  { runtime: programs.oldestNode, userAgent: /^Node\.js\/22$/ },
  { runtime: programs.ownNode, userAgent: /^Node\.js\/24$/ },
  { runtime: programs.deno, userAgent: /^Deno\/2\./ },
  { runtime: programs.bun, userAgent: /^Bun\/1\./ },
];

describe("the core streams, cancels and re-enters", () => {
  for (const { runtime, userAgent } of runtimes) {
    itWith(runtime, `under ${runtime.name}`, { timeout: 30_000 }, async () => {
      const { stdout, stderr } = await run(runtime.path, [
        ...(runtime === programs.deno ? ["run", "--no-prompt"] : []),
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

  for (const { runtime, userAgent } of runtimes) {
    itWith(runtime, `under ${runtime.name}`, { timeout: 30_000 }, async () => {
      const { stdout, stderr } = await run(runtime.path, [
        ...(runtime === programs.deno ? ["run", "--no-prompt", "--allow-net"] : []),
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
  for (const { runtime, userAgent } of runtimes.filter(({ runtime }) => !runtime.name.includes("Node"))) {
    itWith(runtime, `under ${runtime.name}`, { timeout: 30_000 }, async () => {
      const { stdout } = await run(runtime.path, [
        ...(runtime === programs.deno ? ["run", "--no-prompt", "--allow-net"] : []),
        serverProgram,
      ]);
      const [where, ...rest] = stdout.trim().split("\n");
      expect(where).toMatch(userAgent);
      expect(rest).toEqual(["ok"]);
    });
  }
});
