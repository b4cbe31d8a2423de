import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeFiles } from "../bench/make-files.js";
import { openIndex } from "../index/open-index.js";
import { LiveServer } from "../live/live-server.fixture.js";
import { FileIndexed } from "./file-events.js";
import { indexOutbox } from "./index-outbox.js";
import { indexedIn, indexOf, type Published, publishedIn, runJob } from "./main-job.fixture.js";

let folder: string;

vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
});

afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const told = ({ name, payload }: Published) => [name, payload.path.replace(`${folder}/`, "")];

describe("events of the main job", () => {
  it("tells of each file that is new, changed or gone, once", async () => {
    for (const name of ["changed.txt", "gone.txt", "same.txt"]) writeFileSync(at(name), "before");
    const first = await runJob(folder);
    writeFileSync(at("changed.txt"), "afterwards");
    rmSync(at("gone.txt"));
    const second = await runJob(folder);

    expect(publishedIn(folder).map(told)).toEqual([
      ["file.indexed", "changed.txt"],
      ["file.indexed", "gone.txt"],
      ["file.indexed", "same.txt"],
      ["file.indexed", "changed.txt"],
      ["file.forgotten", "gone.txt"],
    ]);
    const events = { file: join(".file-index", "index.db.events.jsonl"), waiting: 0 };
    expect(first.summary).toMatchObject({ events: { ...events, published: 3 } });
    expect(second.summary).toMatchObject({ events: { ...events, published: 2 } });
  });

  it("tells of a path that is longer than a key may be, and of one that is not UTF-8", async () => {
    const deep = at(["d".repeat(200), "d".repeat(200), "d".repeat(200)].join("/"));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, "a.txt"), "");
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), "");
    await runJob(folder);

    const paths = publishedIn(folder).map(({ payload }) => payload.path);
    expect(paths).toEqual([`${folder}/\\xff`, join(deep, "a.txt")]);
  });

  it("tells of what an index has from before there were events, and keeps it", async () => {
    mkdirSync(at(".file-index"));
    mkdirSync(at("other"));
    const old = openIndex(indexOf(folder));
    old.exec(
      "INSERT INTO files (path, sha256, type, size, run) VALUES (CAST('/old' AS BLOB), 'x', 'text/plain', 1, 1)",
    );
    old.close();
    await runJob(folder, { args: ["other"] });
    await runJob(folder, { args: ["other"] });

    expect(publishedIn(folder).map(told)).toEqual([["file.indexed", "/old"]]);
    expect(indexedIn(folder)).toEqual(new Map([["/old", "x"]]));
  });

  it("has two runs on one index at the same moment, and publishes the events of both", async () => {
    for (const name of ["one", "two"]) makeFiles(at(name), 200);
    const runs = await Promise.all(["one", "two"].map((name) => runJob(folder, { args: [name] })));

    const published = publishedIn(folder);
    expect(new Set(published.map(({ payload }) => payload.path))).toEqual(new Set(indexedIn(folder).keys()));
    expect(published).toHaveLength(400);
    expect(runs.map(({ summary }) => summary?.events.waiting)).toEqual([0, 0]);
  });
});

describe("events that a killed run has left", () => {
  /** An index with an event that is not published, and the lease of a relay that is not there any more. */
  async function leaveOne(leaseMs: number): Promise<void> {
    mkdirSync(at("empty"));
    await runJob(folder, { args: ["empty"] });
    const db = new Database(indexOf(folder));
    const event = new FileIndexed({
      pathBytes: Buffer.from("/left"),
      sha256: "x",
      type: "text/plain",
      size: 1,
    });
    db.transaction(() => indexOutbox(db).add(event, db))();
    db.prepare("UPDATE sluice_outbox_lease SET owner = 'killed', expires_ms = unixepoch() * 1000 + ?").run(
      leaseMs,
    );
    db.close();
  }

  it("are published by the next run, when their lease has ended (O3)", async () => {
    await leaveOne(2_000);
    const { summary } = await runJob(folder, { args: ["empty"] });

    expect(publishedIn(folder).map(told)).toEqual([["file.indexed", "/left"]]);
    expect(summary?.events).toMatchObject({ published: 1, waiting: 0 });
  });

  it("wait, and the summary says so, while somebody else holds the lease and does nothing", async () => {
    await leaveOne(600_000);
    const { summary } = await runJob(folder, { args: ["empty"] });

    expect(summary?.events).toMatchObject({ published: 0, waiting: 1 });
    expect(publishedIn(folder)).toEqual([]);
  });

  it("are published by the live page's server, before anybody starts a run", async () => {
    await leaveOne(0);
    const server = await LiveServer.start(folder, "--port", "0");
    await expect.poll(() => publishedIn(folder).map(told)).toEqual([["file.indexed", "/left"]]);
    await server.end();
  });
});

it("loses no file and no event, however often it is killed (O2)", async () => {
  makeFiles(at("files"), 400);
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 60; n++) writeFileSync(at(`files/changes-${n}.txt`), `round ${round}, file ${n}`);
    const killAfter = 1 + Math.floor(Math.random() * 400);
    const { shown } = await runJob(folder, { args: ["files"], killAfter });

    const indexed = indexedIn(folder);
    const missing = shown.filter(({ path, sha256 }) => indexed.get(at(path)) !== sha256);
    expect({ round, killAfter, missing }).toEqual({ round, killAfter, missing: [] });
  }
  const { summary } = await runJob(folder, { args: ["files"] });

  const byId = Map.groupBy(publishedIn(folder), ({ id }) => id);
  for (const [id, copies] of byId)
    expect(new Set(copies.map((it) => JSON.stringify(it))), id).toHaveLength(1);
  const events = [...byId.values()].map(([event]) => event as Published);
  const contents = events.map(({ payload }) => `${payload.path} ${payload.sha256}`);
  expect(new Set(contents)).toHaveLength(contents.length); // one id for each content of a file
  const newest = new Map(events.map(({ payload }) => [payload.path, payload.sha256]));
  expect(newest).toEqual(indexedIn(folder));
  expect(newest.size).toBe(460);
  expect(summary?.events.waiting).toBe(0);
});
