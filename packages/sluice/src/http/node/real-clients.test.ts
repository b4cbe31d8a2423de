import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { type Browser, chromium } from "playwright-core";
import { afterEach, expect, it } from "vitest";
import { bootstrap } from "../../mediator/bootstrap.js";
import { Query } from "../../messages/query.js";
import { createHttpHandler } from "../http-handler.js";
import { type Served, serve1 } from "./serve.fixture.js";
import { toNodeListener } from "./to-node-listener.js";

const run = promisify(execFile);

class Numbers extends Query<number> {}

/** Each number leaves when its gate opens. */
async function serveNumbers(count: number, wait: (n: number) => Promise<void> = async () => {}) {
  let runs = 0;
  const mediator = bootstrap({
    queriesMapper: (map) =>
      map.bind(Numbers, async function* () {
        runs++;
        for (let n = 1; n <= count; n++) {
          await wait(n);
          yield n;
        }
      }),
  });
  const listener = toNodeListener(createHttpHandler(mediator, { stream: [Numbers], basePath: "/api/" }));
  const served = await serve1((req, res) => {
    if (req.url?.startsWith("/api/")) listener(req, res);
    else res.setHeader("content-type", "text/html").end("<!doctype html><link rel=icon href='data:,'>");
  });
  return { ...served, runs: () => runs };
}

let served: Served | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

describeWith(programs.curl, "curl -N", () => {
  it("shows each item as soon as it leaves, and the end", async () => {
    const seen = [1, 2, 3].map(() => Promise.withResolvers<void>());
    served = await serveNumbers(3, async (n) => seen[n - 2]?.promise);
    const client = spawn(programs.curl.path, [
      "-sN",
      "-H",
      "Accept: text/event-stream",
      `${served.url}api/Numbers`,
    ]);
    let text = "";
    for await (const chunk of client.stdout) {
      text += chunk;
      for (const [, n] of text.matchAll(/data: (\d)\n\n/g)) seen[Number(n) - 1]?.resolve();
    }
    expect(text).toBe(
      'id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\nevent: end\nid: end\ndata: {"items":3}\n\n',
    );
  });
});

describeWith(programs.chromium, "EventSource in Chromium", () => {
  it("reads items in order, and stays away after the end: the handler runs once", {
    timeout: 30_000,
  }, async () => {
    const numbers = await serveNumbers(500);
    served = numbers;
    const browser: Browser = await chromium.launch({ executablePath: programs.chromium.path });
    try {
      const page = await browser.newPage();
      await page.goto(numbers.url);
      const seen = await page.evaluate(`new Promise((resolve) => {
        const source = new EventSource("/api/Numbers");
        const seen = { items: [], end: undefined };
        source.onmessage = ({ data, lastEventId }) => seen.items.push([data, lastEventId]);
        source.addEventListener("end", ({ data }) => { seen.end = data; });
        // It comes again by itself when the connection closes, and gives up on the answer 204.
        source.onerror = () => { if (source.readyState === EventSource.CLOSED) resolve(seen); };
      })`);
      expect(seen).toEqual({
        items: Array.from({ length: 500 }, (_, n) => [String(n + 1), String(n + 1)]),
        end: '{"items":500}',
      });
      expect(numbers.runs()).toBe(1);
    } finally {
      await browser.close();
    }
  });
});

describeWith(programs.nginx, "behind nginx, with gzip and its default buffers", () => {
  it("lets items through one by one", { timeout: 20_000 }, async () => {
    const seen = [1, 2, 3].map(() => Promise.withResolvers<void>());
    served = await serveNumbers(3, async (n) => seen[n - 2]?.promise);
    const folder = await mkdtemp(join(tmpdir(), "sluice-nginx-"));
    const port = await freePort();
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(" ");
    await writeFile(
      join(folder, "nginx.conf"),
      `daemon off; pid ${folder}/pid; error_log stderr; events {}
      http { access_log off; gzip on; gzip_types *; gzip_min_length 0; gzip_proxied any; ${paths}
        server { listen 127.0.0.1:${port}; location / { proxy_pass ${served.url}; } } }`,
    );
    const proxy = spawn(programs.nginx.path, ["-p", folder, "-c", join(folder, "nginx.conf")], {
      stdio: "ignore",
    });
    try {
      await expect.poll(() => reachable(port), { timeout: 5_000 }).toBe(true);
      const response = await fetch(`http://127.0.0.1:${port}/api/Numbers`, {
        headers: { accept: "text/event-stream", "accept-encoding": "gzip" },
      });
      let text = "";
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += new TextDecoder().decode(chunk);
        for (const [, n] of text.matchAll(/data: (\d)\n\n/g)) seen[Number(n) - 1]?.resolve();
      }
      expect(text).toContain('data: {"items":3}');
    } finally {
      proxy.kill("SIGQUIT");
      await new Promise((resolve) => proxy.once("exit", resolve));
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("connect", () => socket.destroy());
    socket.on("error", () => resolve(false));
  });
}

describeWith(programs.pythonWithHttpx, "Python's httpx", () => {
  it("reads NDJSON line by line", async () => {
    served = await serveNumbers(3);
    const program = `
import httpx
with httpx.stream("GET", "${served.url}api/Numbers", headers={"accept": "application/x-ndjson"}) as response:
    for line in response.iter_lines(): print(line)`;
    const { stdout } = await run(programs.pythonWithHttpx.path, ["-c", program]);
    expect(stdout.trim().split("\n").at(-1)).toBe('{"end":{"items":3}}');
  });
});
