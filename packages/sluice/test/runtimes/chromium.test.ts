import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const executablePath = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => `/usr/bin/${name}`)
  .find(existsSync);

const page = `<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "sluice": "/dist/index.js" } }</script>
<script type="module" src="/test/runtimes/program.js"></script>`;

/** Serves the page, the program, and the built library as it is. */
const server = createServer(async ({ url = "/" }, response) => {
  if (url === "/") return response.setHeader("content-type", "text/html").end(page);
  if (!/^\/(dist|test)\/[\w/-]+\.js$/.test(url)) return response.writeHead(404).end();
  const file = await readFile(new URL(`../..${url}`, import.meta.url)).catch(() => undefined);
  if (file === undefined) return response.writeHead(404).end();
  return response.setHeader("content-type", "text/javascript").end(file);
});

// scripts/install-chromium.sh brings it where there is none; a run that counts must not go without.
describe.skipIf(executablePath === undefined && !process.env.CI)("the core in Chromium", () => {
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
  }, 30_000);

  afterAll(async () => {
    await browser?.close();
    server.close();
  });

  it("runs as native modules, and does without AsyncLocalStorage in silence", {
    timeout: 30_000,
  }, async () => {
    const tab = await browser.newPage();
    const said: string[] = [];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    tab.on("console", (message) => {
      said.push(message.type() === "log" ? message.text() : `${message.type()}: ${message.text()}`);
      if (message.type() !== "log" || message.text() === "ok") end();
    });
    tab.on("pageerror", (error) => {
      said.push(`uncaught: ${error.message}`);
      end();
    });
    tab.on("requestfinished", async (request) => {
      const status = (await request.response())?.status();
      if (status !== 200) said.push(`${status} for ${request.url()}`);
    });
    await tab.goto(origin);
    await ended;
    expect(said).toEqual([expect.stringContaining("Chrome/"), "AsyncLocalStorage: false", "ok"]);
    expect(await tab.evaluate("[isSecureContext, typeof process]")).toEqual([true, "undefined"]);
  });
});
