import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, RemoteError } from "sluice/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LiveServer, main } from "./live-server.fixture.js";
import { type FileSight, IndexFolder, ListFolders, type ProgressSight, SearchIndex } from "./messages.js";

let folder: string;
let server: LiveServer;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
  for (const name of ["root/inside", "root/empty", "outside"])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "root/inside/a.txt"), "some quick words");
  writeFileSync(join(folder, "root/inside/b.txt"), "some quick words");
  writeFileSync(join(folder, "outside/secret.txt"), "some secret words");
  symlinkSync(join(folder, "outside"), join(folder, "root/way-out"));
  server = await LiveServer.start(folder, "--port", "0", "root");
}, 30_000);

afterAll(async () => {
  await server?.end();
  rmSync(folder, { recursive: true });
});

const client = () => createClient(`${server.url}api/`);

/** The status of a request with these headers, which `fetch` would not send. */
async function statusOf(
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, server.url), { headers, method: body ? "POST" : "GET" }, (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    asked.on("error", reject).end(body);
  });
}

describe("the server of the live page", () => {
  it("streams each file when it is done, with what it is a copy of, and looks at the lanes", async () => {
    const sights: (FileSight | ProgressSight)[] = [];
    for await (const sight of client().stream(new IndexFolder({ folder: "inside", limit: 2 })))
      sights.push(sight);

    const files = sights.filter((sight) => sight.kind === "file");
    expect(files).toMatchObject([
      { file: { status: "indexed", path: "inside/a.txt" } },
      { file: { path: "inside/b.txt" }, copy: { of: "inside/a.txt", files: 2 } },
    ]);
    const last = sights.at(-1);
    expect(last).toMatchObject({ kind: "progress", atWork: 0, total: 2, isCounted: true });
    expect(last?.kind === "progress" && last.lanes.map(({ waiting, done }) => [waiting, done])).toEqual(
      Array(4).fill([0, 2]),
    );
  });

  it("searches below the root only, whatever else is in the index", async () => {
    await using elsewhere = await LiveServer.start(folder, "--port", "0", ".");
    for await (const _ of createClient(`${elsewhere.url}api/`).stream(
      new IndexFolder({ folder: "", limit: 2 }),
    ));

    const { count, hits } = await client().send(new SearchIndex({ words: "some words" }));

    expect(count).toBe(2);
    expect(hits.map(({ path }) => path).sort()).toEqual(["inside/a.txt", "inside/b.txt"]);
  });

  it("lists folders below the root, no links", async () => {
    expect(await client().send(new ListFolders({ folder: "" }))).toEqual({
      root: join(folder, "root"),
      folder: "",
      names: ["empty", "inside"],
      more: 0,
      limit: 32,
    });
  });

  it.each([
    "..",
    "inside/../..",
    "inside/..",
    "/",
    "/etc",
    "way-out",
    "way-out/deeper",
    "nowhere",
    "inside/a.txt",
    "a\0",
  ])("refuses %j, in the same words for what is there and what is not", async (outside) => {
    const error = await client()
      .send(new ListFolders({ folder: outside }))
      .catch((error) => error);

    expect(error).toBeInstanceOf(RemoteError);
    expect(error.problem).toEqual({
      status: 404,
      title: "No such folder",
      code: "NO_SUCH_FOLDER",
      detail: `There is no folder "${outside}" below the one that the server was started in.`,
    });
    const run = client().stream(new IndexFolder({ folder: outside, limit: 1 }));
    await expect(run.next()).rejects.toMatchObject({ problem: { code: "NO_SUCH_FOLDER" } });
  });

  it("answers under names of this machine only, so that no other name can be made to lead here", async () => {
    const { host, port } = new URL(server.url);
    for (const own of [host, `localhost:${port}`, "localhost", `[::1]:${port}`]) {
      expect(await statusOf("/", { host: own })).toBe(200);
    }
    for (const foreign of [
      "evil.example",
      `evil.example:${port}`,
      "localhost.evil.example",
      "127.0.0.1.evil.example",
    ]) {
      expect(await statusOf("/", { host: foreign })).toBe(403);
    }
  });

  it("takes calls from its own page only", async () => {
    const { host } = new URL(server.url);
    const json = { host, "content-type": "application/json" };
    const call = (headers: Record<string, string>) =>
      statusOf("/api/ListFolders", { ...json, ...headers }, '{"folder":""}');

    expect(await call({ origin: `http://${host}`, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await call({})).toBe(200);
    expect(await call({ origin: "http://evil.example" })).toBe(403);
    expect(await call({ origin: "null" })).toBe(403);
    expect(await call({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await call({ "sec-fetch-site": "same-site" })).toBe(403);
    expect(await statusOf("/api/ListFolders", { host, "content-type": "text/plain" }, '{"folder":""}')).toBe(
      415,
    );
  });

  it("gives the page's own files and nothing beside them, under a policy that lets nothing else run", async () => {
    const page = await fetch(server.url);

    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self' 'sha256-[^']+'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect((await page.text()).match(/<script(?! type="importmap"| type="module" src=)/)).toBeNull();
    const { host } = new URL(server.url);
    for (const path of [
      "/app/main.js",
      "/app/page/../main.js",
      "/app/page/%2e%2e/main.js",
      "/app/page/..%2fmain.js",
      "/modules/lit-html/package.json",
      "/modules/sluice/../package.json",
      "/index.html",
      "/nowhere.js",
    ]) {
      expect([path, await statusOf(path, { host })]).toEqual([path, 404]);
    }
    expect(await statusOf("/", { host }, "x")).toBe(405);
  });

  it("says in one line that a port is taken", () => {
    const { port } = new URL(server.url);
    const { status, stderr } = spawnSync(process.execPath, [main, "--serve", "--port", port], {
      cwd: folder,
    });

    expect(status).toBe(1);
    expect(stderr.toString()).toMatch(
      /^error: cannot listen on port \d+: .*EADDRINUSE.*; --port names another\n$/,
    );
  });
});
