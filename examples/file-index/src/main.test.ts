import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { makeFiles } from "./bench/make-files.js";
import { search } from "./index/search.js";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
let folder: string;

vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
});

afterEach(() => rmSync(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);

function start(...args: string[]) {
  return spawn(process.execPath, [main, ...args], { cwd: folder });
}

async function run(...args: string[]) {
  const child = start(...args);
  const out = { stdout: "", stderr: "", code: 0 };
  child.stdout.setEncoding("utf8").on("data", (text) => (out.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (out.stderr += text));
  [out.code] = await once(child, "close");
  return out;
}

/** The objects that `--json` printed: the files, then the summary. */
function parse(stdout: string) {
  const objects = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { files: objects.slice(0, -1), summary: objects.at(-1).summary };
}

function indexedPaths(db = at(".file-index", "index.db")): Set<string> {
  const index = new Database(db, { readonly: true });
  const rows = index
    .prepare("SELECT files.path FROM files JOIN texts ON texts.rowid = files.id")
    .pluck()
    .all() as Buffer[];
  index.close();
  return new Set(rows.map((path) => path.toString().replace(`${folder}/`, "")));
}

describe("indexing", () => {
  it("prints a line for each file, then the summary", async () => {
    writeFileSync(at("a.txt"), "some words");
    writeFileSync(at("b.txt"), "some words");
    execFileSync("mkfifo", [at("pipe")]);

    const { stdout, stderr, code } = await run();

    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "indexed  a.txt  text/plain, 10 B",
      "indexed  b.txt  text/plain, 10 B",
      "skipped  pipe: named pipe",
    ]);
    expect(stdout).toMatch(/^2 files, 20 B, in .* items\/s$/m);
    expect(stdout).toMatch(/^9 events handled, at most \d+ handlers at once$/m);
    expect(stdout).toMatch(/^ +20 B {2}text\/plain \(2 files\)$/m);
    expect(stdout).toMatch(/^Duplicates: 1 file, 10 B\n {2}2 × 10 B {2}a.txt, b.txt$/m);
  });

  it("prints JSON lines", async () => {
    makeFiles(folder, 200);

    const { files, summary } = parse((await run("--json")).stdout);

    expect(files).toHaveLength(200);
    expect(files[0]).toEqual({
      status: "indexed",
      path: "folder-0000/file-000000.csv",
      size: statSync(at("folder-0000/file-000000.csv")).size,
      type: "text/plain",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      notes: [],
    });
    expect(summary).toMatchObject({ stopped: false, files: 200, skipped: 0, failed: 0, eventsHandled: 800 });
    expect(summary.bytes).toBe(files.reduce((sum, { size }) => sum + size, 0));
    expect(summary.peakHandlers).toBeGreaterThan(1);
    expect(summary.peakHandlers).toBeLessThanOrEqual(32);
    expect(summary.duplicates.files).toBe(10);
  });

  it.each([
    { args: ["--sequential", "--read-ahead", "0"], peak: 1 },
    { args: ["--limit", "3"], peak: 3 },
  ])("keeps to $args", async ({ args, peak }) => {
    makeFiles(folder, 50);

    const { summary } = parse((await run("--json", ...args)).stdout);

    expect(summary).toMatchObject({ files: 50, eventsHandled: 200, peakHandlers: peak });
  });

  it("writes an audit log, and indexes neither it nor the index", async () => {
    writeFileSync(at("a.txt"), "");
    await run();
    const { files } = parse((await run("--json")).stdout);
    const { files: others } = parse((await run("--json", "--db", "own.db")).stdout);

    expect(files.map(({ path }) => path)).toEqual(["a.txt"]);
    expect(others.map(({ path }) => path)).not.toContain("own.db");
    expect(others.map(({ path }) => path)).not.toContain("own.db.audit.jsonl");
    expect(others.map(({ path }) => path)).not.toContain("own.db.events.jsonl");
    const log = readFileSync(at(".file-index", "index.db.audit.jsonl"), "utf8").trimEnd().split("\n");
    expect(log.map((line) => JSON.parse(line))).toMatchObject([{ path: "a.txt" }, { path: "a.txt" }]);
    expect(execFileSync("git", ["init", "-q", "."], { cwd: folder }).toString()).toBe("");
    expect(execFileSync("git", ["status", "--porcelain", ".file-index"], { cwd: folder }).toString()).toBe(
      "",
    );
  });

  it("indexes again without doubling: replaces what changed, forgets what is gone", async () => {
    writeFileSync(at("same.txt"), "constant");
    writeFileSync(at("changed.txt"), "before");
    writeFileSync(at("gone.txt"), "bygone");
    await run();
    writeFileSync(at("changed.txt"), "afterwards");
    rmSync(at("gone.txt"));
    await run();

    expect(indexedPaths()).toEqual(new Set(["same.txt", "changed.txt"]));
    const count = async (word: string) => parse((await run("--json", "--search", word)).stdout).files.length;
    expect(await Promise.all(["constant", "before", "afterwards", "bygone"].map(count))).toEqual([
      1, 0, 1, 0,
    ]);
  });
});

describe("searching", () => {
  it("shows the files that have all words, with a snippet", async () => {
    writeFileSync(at("a.txt"), "The quick brown fox\njumps over the lazy dog.");
    writeFileSync(at("b.txt"), "A quick answer.");
    await run();

    const both = await run("--search", "quick FOX");
    const json = await run("--json", "--search", "quick");

    expect(both.stdout).toBe("a.txt\n    The [quick] brown [fox] jumps over the lazy dog.\n1 file\n");
    expect(
      json.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({ path: "b.txt", snippet: "A [quick] answer." }),
      expect.objectContaining({ path: "a.txt" }),
      { count: 2 },
    ]);
  });

  it("takes any word as a word", async () => {
    writeFileSync(at("a.txt"), "rock AND roll");
    await run();

    for (const word of ['"', '""', "OR", "text:rock", "NEAR(", "*", "-x", "^", "(", "\\", "'", ";"]) {
      expect(search(at(".file-index", "index.db"), [word, "roll"]).count).toBeGreaterThanOrEqual(0);
    }
    expect((await run("--search", "rock AND", "roll")).stdout).toMatch(/\[rock\] \[AND\] \[roll\]/);
  });

  it("says when there is no index yet, and makes none", async () => {
    const { stderr, code } = await run("--search", "word");

    expect({ stderr, code }).toEqual({
      stderr: "error: there is no index at .file-index/index.db yet: index a folder first\n",
      code: 1,
    });
    expect(existsSync(at(".file-index"))).toBe(false);
  });
});

describe("ending early", () => {
  let many: string;

  beforeAll(() => {
    many = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
    makeFiles(many, 1500);
  });

  afterAll(() => rmSync(many, { recursive: true }));

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "has in the index what it has shown: %s",
    async (signal) => {
      const child = start(many, "--json");
      const shown: string[] = [];
      let summary: unknown;
      for await (const line of createInterface(child.stdout)) {
        const object = JSON.parse(line);
        if ("summary" in object) summary = object.summary;
        else if (shown.push(object.path) === 100) child.kill(signal);
      }
      const [code] =
        child.exitCode === null && child.signalCode === null ? await once(child, "exit") : [child.exitCode];

      expect(shown.length).toBeGreaterThanOrEqual(100);
      expect(shown.length).toBeLessThan(1500);
      const indexed = indexedPaths();
      expect(shown.filter((path) => !indexed.has(path))).toEqual([]);
      if (signal === "SIGKILL") return;
      expect(code).toBe(130);
      expect(summary).toMatchObject({ stopped: true, files: shown.length, events: { waiting: 0 } });
    },
  );

  it("ends quietly when nobody reads on", async () => {
    const child = start(many);
    let stderr = "";
    child.stderr.on("data", (data) => (stderr += data));
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [code] = await once(child, "close");

    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(indexedPaths().size).toBeLessThan(1500);
  });
});

describe("being called in a wrong way", () => {
  it("says so in one line", async () => {
    writeFileSync(
      at("text.txt"),
      "This is no database, but it is long enough to have a header of one: ".repeat(20),
    );
    execFileSync("mkfifo", [at("pipe")]);
    new Database(at("other.db")).exec("CREATE TABLE theirs (id)").close();
    mkdirSync(at("new.db.events.jsonl"));

    const cases: [args: string[], code: number, says: RegExp][] = [
      [["--limit", "0"], 2, /'--limit <n>' argument '0' is invalid. Expected a whole number, 1 or more/],
      [["nowhere"], 2, /'nowhere' is no folder/],
      [["text.txt"], 2, /'text.txt' is no folder/],
      [["--db", "text.txt"], 1, /cannot use text.txt as the index: file is not a database/],
      [["--db", "text.txt", "--search", "x"], 1, /cannot use text.txt as the index/],
      [["--db", "other.db"], 1, /it is a database of another program/],
      [["--db", "."], 1, /it is not a file/],
      [["--db", "pipe"], 1, /it is not a file/],
      [["--db", "nowhere/x.db"], 1, /cannot write to nowhere/],
      [["--db", "/proc/version"], 1, /cannot/],
      [["--db", "new.db"], 1, /cannot write to new.db.events.jsonl: it is not a file/],
      [["--db", "new.db", "--serve"], 1, /cannot write to new.db.events.jsonl: it is not a file/],
    ];
    await Promise.all(
      cases.map(async ([args, code, says]) => {
        const out = await run(...args);
        expect({ args, ...out }).toEqual({ args, code, stdout: "", stderr: expect.stringMatching(says) });
        expect(out.stderr).toMatch(/^error: [^\n]*\n$/);
      }),
    );
    expect(readdirSync(folder)).toEqual(["new.db.events.jsonl", "other.db", "pipe", "text.txt"]);
    expect(readFileSync(at("text.txt"), "utf8")).toMatch(/^This is no database/);
  });
});
