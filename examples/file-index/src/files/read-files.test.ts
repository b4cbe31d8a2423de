import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReadEntry, readEntry } from "./read-entry.js";
import { readFiles } from "./read-files.js";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
});

afterEach(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const at = (...names: string[]) => join(folder, ...names);

async function all(reading: AsyncIterable<ReadEntry>): Promise<ReadEntry[]> {
  const read: ReadEntry[] = [];
  for await (const one of reading) read.push(one);
  return read;
}

const readAll = (except: readonly string[] = []) => all(readFiles(folder, except, never));

describe("readFiles", () => {
  it("hashes, types and measures files, and extracts their text, in the order of their names", async () => {
    writeFileSync(at("b.txt"), "grüße");
    mkdirSync(at("a"));
    writeFileSync(at("a", "c.png"), Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
    writeFileSync(at("empty"), "");

    const [text, empty, image] = await readAll();

    expect(text).toMatchObject({
      file: {
        status: "indexed",
        path: at("b.txt"),
        size: 7,
        type: "text/plain",
        sha256: createHash("sha256").update("grüße").digest("hex"),
        notes: [],
      },
      text: "grüße",
    });
    expect(empty).toMatchObject({ file: { status: "indexed", size: 0 }, text: "" });
    expect(image).toMatchObject({ file: { path: at("a", "c.png"), type: "image/png" }, text: "" });
  });

  it("leaves out what it is told to", async () => {
    writeFileSync(at("index.db"), "");
    mkdirSync(at("own"));
    writeFileSync(at("own", "file"), "");

    expect(await readAll([at("index.db"), at("own")])).toEqual([]);
  });

  it("takes the first MiB of text, without the character that the limit cuts in two", async () => {
    writeFileSync(at("long.txt"), `x${"é".repeat(1024 ** 2)}`);

    const [read] = await readAll();

    expect(read?.text).toBe(`x${"é".repeat(512 * 1024 - 1)}`);
    expect(read?.file).toMatchObject({
      size: 2 * 1024 ** 2 + 1,
      notes: ["only the first MiB of its text is indexed"],
    });
  });

  it("takes no text from what is not UTF-8 to its end, or holds a NUL", async () => {
    writeFileSync(at("cut"), Buffer.from("caf\xc3", "latin1"));
    writeFileSync(at("latin1"), Buffer.from("café", "latin1"));
    writeFileSync(at("nul"), "a\0b");

    for (const { file, text } of await readAll()) {
      expect(file).toMatchObject({ status: "indexed", type: "application/octet-stream" });
      expect(text).toBe("");
    }
  });

  it("reads a huge file in constant memory", { timeout: 60_000 }, async () => {
    writeFileSync(at("huge"), "");
    truncateSync(at("huge"), 1024 ** 3);
    const before = process.memoryUsage().rss;

    const [read] = await readAll();

    expect(read?.file).toMatchObject({ status: "indexed", size: 1024 ** 3, notes: ["huge"] });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 ** 2);
  });

  it.skipIf(process.platform === "win32")(
    "says what a pipe and a socket are, and opens neither",
    async () => {
      execFileSync("mkfifo", [at("pipe")]);
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(at("socket"), resolve));

      const read = await readAll();
      server.close();

      expect(read.map(({ file }) => file)).toEqual([
        { status: "skipped", path: at("pipe"), reason: "named pipe" },
        { status: "skipped", path: at("socket"), reason: "socket" },
      ]);
    },
  );

  it("says where links lead, and follows none", async () => {
    mkdirSync(at("folder"));
    symlinkSync("nowhere", at("broken"));
    symlinkSync("loop-b", at("loop-a"));
    symlinkSync("loop-a", at("loop-b"));
    symlinkSync("..", at("folder", "up"));
    writeFileSync(at("file"), "");
    symlinkSync("file", at("to-file"));

    const read = (await readAll()).filter(({ file }) => file.status === "skipped");

    expect(
      read.map(({ file }) => [file.path.slice(folder.length + 1), "reason" in file && file.reason]),
    ).toEqual([
      ["broken", "broken link to nowhere"],
      ["loop-a", "circular link to loop-b"],
      ["loop-b", "circular link to loop-a"],
      ["to-file", "link to the file file, not followed"],
      ["folder/up", "link to the folder .., not followed"],
    ]);
  });

  it.skipIf(process.platform !== "linux")("reads files whose names are not UTF-8, and says so", async () => {
    const odd = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from("é")]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from("/file")]), "inside");

    const [read] = await readAll();

    expect(read?.path).toEqual(Buffer.concat([odd, Buffer.from("/file")]));
    expect(read?.text).toBe("inside");
    expect(read?.file).toMatchObject({
      path: at("caf\\xe9é", "file"),
      notes: ["its name is not valid UTF-8"],
    });
  });

  it.skipIf(!process.getuid)("says what it has no permission to read", async () => {
    writeFileSync(at("secret.txt"), "", { mode: 0 });
    mkdirSync(at("secret"), { mode: 0 });

    const read = await asNobody(readAll);

    expect(read.map(({ file }) => file)).toEqual([
      { status: "failed", path: at("secret.txt"), reason: "no permission to read it" },
      { status: "failed", path: at("secret"), reason: "folder: no permission to read it" },
    ]);
  });

  it("says that a file vanished while others were read", async () => {
    for (let n = 10; n < 30; n++) writeFileSync(at(`file-${n}`), "");
    const reading = readFiles(folder, [], never);

    await reading.next();
    rmSync(at("file-29"));
    const rest = await all(reading);

    expect(rest.at(-1)?.file).toEqual({
      status: "failed",
      path: at("file-29"),
      reason: "vanished before it was read",
    });
    expect(rest.filter(({ file }) => file.status === "indexed")).toHaveLength(18);
  });

  it.skipIf(process.platform === "win32")("neither follows nor opens what took a file's place", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    mkdirSync(at("folder"));
    symlinkSync("folder", at("link"));
    const reasons = {
      pipe: "it is no longer a file",
      folder: "it is no longer a file",
      link: "became a link before it was read",
    };

    for (const [name, reason] of Object.entries(reasons)) {
      const { file } = await readEntry({ path: Buffer.from(at(name)), kind: "file" }, never);
      expect(file).toMatchObject({ status: "failed", reason: expect.stringContaining(reason) });
    }
  });

  it("ends when the signal aborts", async () => {
    writeFileSync(at("file"), "text");
    const reason = new Error("enough");

    await expect(all(readFiles(folder, [], AbortSignal.abort(reason)))).rejects.toBe(reason);
  });
});

/** Root may read everything, so it must be somebody else for a moment. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  chmodSync(folder, 0o755);
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
