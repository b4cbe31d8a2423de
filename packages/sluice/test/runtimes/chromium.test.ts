import { readFile } from "node:fs/promises";
import type { RequestListener, Server } from "node:http";
import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serveFar } from "./far-server.fixture.js";

const page = (program: string) => `<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">
  { "imports": { "sluice": "/dist/index.js", "sluice/client": "/dist/client/index.js" } }
</script>
<script type="module" src="/test/runtimes/${program}.js"></script>`;

/** Serves the pages, the programs, and the built library as it is. */
const files: RequestListener = async ({ url = "/" }, response) => {
  const [, program] = /^\/([\w-]+)$/.exec(url) ?? [];
  if (program) return response.setHeader("content-type", "text/html").end(page(program));
  if (!/^\/(dist|test)\/[\w/-]+\.js$/.test(url)) return response.writeHead(404).end();
  const file = await readFile(new URL(`../..${url}`, import.meta.url)).catch(() => undefined);
  if (file === undefined) return response.writeHead(404).end();
  return response.setHeader("content-type", "text/javascript").end(file);
};

describeWith(programs.chromium, "in Chromium", () => {
  let browser: Browser;
  let origin: string;
  let server: Server;

  beforeAll(async () => {
    ({ origin, server } = await serveFar(files));
    browser = await chromium.launch({ executablePath: programs.chromium.path });
  }, 30_000);

  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  it("the core runs as native modules, and does without AsyncLocalStorage in silence", {
    timeout: 30_000,
  }, async () => {
    const tab = await browser.newPage();
    expect(await run(tab, "program")).toEqual([
      expect.stringContaining("Chrome/"),
      "AsyncLocalStorage: false",
      "ok",
    ]);
    expect(await tab.evaluate("[isSecureContext, typeof process]")).toEqual([true, "undefined"]);
  });

  it("the client streams, leaves and is told what failed", {
    timeout: 30_000,
  }, async () => {
    const said = await run(await browser.newPage(), "client-program");
    // The browser reports the connections that the program has cut.
    const own = said.filter((line) => !line.includes("net::ERR_"));
    expect(own).toEqual([expect.stringContaining("Chrome/"), "ok"]);
  });

  /** What a program says until it has ended. */
  async function run(tab: Page, program: string): Promise<string[]> {
    const said: string[] = [];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    tab.on("console", (message) => {
      const line = message.type() === "log" ? message.text() : `${message.type()}: ${message.text()}`;
      said.push(line);
      if (line === "ok" || (message.type() !== "log" && !line.includes("net::ERR_"))) end();
    });
    tab.on("pageerror", (error) => {
      said.push(`uncaught: ${error.message}`);
      end();
    });
    tab.on("response", (response) => {
      const [status, request] = [response.status(), response.request()];
      if (status !== 200 && request.method() === "GET") said.push(`${status} for ${request.url()}`);
    });
    await tab.goto(`${origin}/${program}`);
    await ended;
    return said;
  }
});
