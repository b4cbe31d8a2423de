import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { makeFiles } from "../bench/make-files.js";
import { openIndex } from "../index/open-index.js";
import { LiveServer } from "../live/live-server.fixture.js";
import { FileIndexed } from "./file-events.js";
import { indexOutbox } from "./index-outbox.js";
import { JobFolder, type Published } from "./job-folder.fixture.js";

vi.setConfig({ testTimeout: 60_000 });

// All side by side, since some wait for leases of the real clock; each has a folder of its own.
describe.concurrent("events of the main job", () => {
  it("tells of each file that is new, changed or gone, once", async () => {
    using folder = new JobFolder();
    for (const name of ["changed.txt", "gone.txt", "same.txt"]) writeFileSync(folder.at(name), "before");
    const first = await folder.run();
    writeFileSync(folder.at("changed.txt"), "afterwards");
    rmSync(folder.at("gone.txt"));
    const second = await folder.run();

    expect(folder.told()).toEqual([
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
    using folder = new JobFolder();
    const deep = folder.at(["d".repeat(200), "d".repeat(200), "d".repeat(200)].join("/"));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, "a.txt"), "");
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff])]), "");
    await folder.run();

    const paths = folder.published().map(({ payload }) => payload.path);
    expect(paths).toEqual([`${folder.path}/\\xff`, join(deep, "a.txt")]);
  });

  it("tells of what an index has from before there were events, and keeps it", async () => {
    using folder = new JobFolder();
    mkdirSync(folder.at(".file-index"));
    mkdirSync(folder.at("other"));
    const old = openIndex(folder.index);
    old.exec(
      "INSERT INTO files (path, sha256, type, size, run) VALUES (CAST('/old' AS BLOB), 'x', 'text/plain', 1, 1)",
    );
    old.close();
    await folder.run({ args: ["other"] });
    await folder.run({ args: ["other"] });

    expect(folder.told()).toEqual([["file.indexed", "/old"]]);
    expect(folder.indexed()).toEqual(new Map([["/old", "x"]]));
  });

  it("has two runs on one index at the same moment, and publishes the events of both", async () => {
    using folder = new JobFolder();
    for (const name of ["one", "two"]) makeFiles(folder.at(name), 200);
    const runs = await Promise.all(["one", "two"].map((name) => folder.run({ args: [name] })));

    const published = folder.published();
    expect(new Set(published.map(({ payload }) => payload.path))).toEqual(new Set(folder.indexed().keys()));
    expect(published).toHaveLength(400);
    expect(runs.map(({ summary }) => summary?.events.waiting)).toEqual([0, 0]);
  });
});

describe.concurrent("events that a killed run has left", () => {
  /** An index with an event that is not published, and the lease of a relay that is not there any more. */
  async function leaveOne(folder: JobFolder, leaseMs: number): Promise<void> {
    mkdirSync(folder.at("empty"));
    await folder.run({ args: ["empty"] });
    const db = new Database(folder.index);
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
    using folder = new JobFolder();
    await leaveOne(folder, 2_000);
    const { summary } = await folder.run({ args: ["empty"] });

    expect(folder.told()).toEqual([["file.indexed", "/left"]]);
    expect(summary?.events).toMatchObject({ published: 1, waiting: 0 });
  });

  it("wait, and the summary says so, while somebody else holds the lease and does nothing", async () => {
    using folder = new JobFolder();
    await leaveOne(folder, 600_000);
    const { summary } = await folder.run({ args: ["empty"] });

    expect(summary?.events).toMatchObject({ published: 0, waiting: 1 });
    expect(folder.published()).toEqual([]);
  });

  it("are published by the live page's server, before anybody starts a run", async () => {
    using folder = new JobFolder();
    await leaveOne(folder, 0);
    await using _server = await LiveServer.start(folder.path, "--port", "0");
    await vi.waitFor(() => expect(folder.told()).toEqual([["file.indexed", "/left"]]), { timeout: 20_000 });
  });
});

it.concurrent("loses no file and no event, however often it is killed (O2)", async () => {
  using folder = new JobFolder();
  makeFiles(folder.at("files"), 400);
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 60; n++)
      writeFileSync(folder.at(`files/changes-${n}.txt`), `round ${round}, file ${n}`);
    const killAfter = 1 + Math.floor(Math.random() * 400);
    const { shown } = await folder.run({ args: ["files"], killAfter });

    const indexed = folder.indexed();
    const missing = shown.filter(({ path, sha256 }) => indexed.get(folder.at(path)) !== sha256);
    expect({ round, killAfter, missing }).toEqual({ round, killAfter, missing: [] });
  }
  const { summary } = await folder.run({ args: ["files"] });

  const byId = Map.groupBy(folder.published(), ({ id }) => id);
  for (const [id, copies] of byId)
    expect(new Set(copies.map((it) => JSON.stringify(it))), id).toHaveLength(1);
  const events = [...byId.values()].map(([event]) => event as Published);
  const contents = events.map(({ payload }) => `${payload.path} ${payload.sha256}`);
  expect(new Set(contents)).toHaveLength(contents.length); // one id for each content of a file
  const newest = new Map(events.map(({ payload }) => [payload.path, payload.sha256]));
  expect(newest).toEqual(folder.indexed());
  expect(newest.size).toBe(460);
  expect(summary?.events.waiting).toBe(0);
});
