import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { type Browser, chromium, type Page } from "playwright-core";
import { bootstrapStreaming, Query } from "sluice";
import { createHttpHandler } from "sluice/http";
import { toNodeListener } from "sluice/http/node";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { scenarios } from "./scenarios.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** React as it warns in development, the library as it is built, and the scenarios, in one script. */
async function bundle(): Promise<string> {
  const { stdout } = await promisify(execFile)(
    `${root}node_modules/.bin/bun`,
    [
      ...["build", fileURLToPath(new URL("scenarios.ts", import.meta.url)), "--target=browser"],
      ...["--define", 'process.env.NODE_ENV="development"'],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout;
}

class Count extends Query<number> {
  declare readonly from: number;
  declare readonly to: number;
}

describeWith(programs.chromium, "useStream in Chromium", () => {
  const log: string[] = [];
  let server: Server;
  let browser: Browser;
  let page: Page;
  const said: string[] = [];

  beforeAll(async () => {
    const script = await bundle();
    const mediator = bootstrapStreaming({
      queriesMapper: (map) =>
        map.bind(Count, async function* ({ from, to }, { signal }) {
          try {
            for (let n = from; n <= to; n++) yield n;
            if (from === to) await new Promise((resolve) => signal.addEventListener("abort", resolve));
          } finally {
            log.push(`ends ${from}`);
          }
        }),
    });
    const answer = toNodeListener(createHttpHandler(mediator, { stream: [Count], basePath: "/api/" }));
    server = createServer((request, response) => {
      if (request.url?.startsWith("/api/")) return answer(request, response);
      if (request.url === "/cut") {
        response.end();
        return server.closeAllConnections();
      }
      const isScript = request.url === "/scenarios.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(
        isScript
          ? script
          : '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/scenarios.js"></script>',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({ executablePath: programs.chromium.path });
    page = await browser.newPage();
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`uncaught: ${error.message}`));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("globalThis.scenarios");
  });

  afterEach(() => {
    // React warns in the console of what is used wrongly.
    const unexpected = said.splice(0).filter((line) => !/React DevTools|net::ERR_/.test(line));
    expect(unexpected).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  function scenario(name: keyof typeof scenarios, expected: unknown): void {
    it(name, async () => {
      expect(await page.evaluate(`scenarios[${JSON.stringify(name)}]()`)).toEqual(expected);
    });
  }

  scenario("sends once under StrictMode, and shows items and the end", {
    items: [1, 2, 3],
    status: "done",
    error: undefined,
    statuses: ["streaming", "done"],
    log: ["begins 1", "ends 1"],
  });
  scenario("ends the handler on unmount, and renders no more", {
    renderings: 0,
    log: ["begins 5", "ends 5"],
  });
  scenario("ends one stream and begins another when the message changes, and never mixes them", {
    items: [7],
    status: "streaming",
    error: undefined,
    mixed: 0,
    log: ["begins 5", "begins 7", "ends 5"],
  });
  scenario("goes on when it is rendered with a message of the same data", {
    items: [5],
    status: "streaming",
    error: undefined,
    log: ["begins 5"],
  });
  scenario("waits for a message, and goes back to nothing without one", {
    before: { items: [], status: "idle", error: undefined, log: [] },
    after: { items: [], status: "idle", error: undefined },
  });
  scenario("stops, keeps what has come, and starts anew", {
    stopped: { items: [5], status: "stopped", error: undefined },
    again: { items: [5], status: "streaming", error: undefined, log: ["begins 5", "ends 5", "begins 5"] },
    isStable: true,
  });
  scenario("shows a failure and what came before", {
    items: [-2, -1],
    status: "failed",
    error: "broken at -2",
  });
  scenario("renders a few times for 10,000 items", { isWhole: true, renderings: expect.any(Number) });

  it("renders 10,000 items less than 100 times", async () => {
    const seen = await page.evaluate(`scenarios["renders a few times for 10,000 items"]()`);
    expect((seen as { renderings: number }).renderings).toBeLessThan(100);
  });

  scenario("keeps the newest, beside a stream that never waits the page goes on, and unmount ends it", {
    most: 10,
    inOrder: true,
    isSmooth: true,
  });
  scenario("reads from a server, and leaves it on unmount", {
    items: [199_996, 199_997, 199_998, 199_999, 200_000],
    status: "done",
    error: undefined,
  });

  it("and the far handler has ended", async () => {
    await vi.waitFor(() => expect(log).toEqual(["ends 1", "ends 7"]));
  });

  scenario("shows that the server went away", { code: "SLUICE_CONNECTION_LOST", items: [9] });
  scenario("does not go round and round with a message that cannot be sent", {
    code: "SLUICE_ENCODE_REFUSED",
    isCalm: true,
  });
});
