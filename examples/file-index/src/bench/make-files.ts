import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const png = Buffer.from(
  "89504e470d0a1a0a0000000d4948445200000010000000100802000000909168360000000049444154",
  "hex",
);
const pdf = Buffer.from("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "latin1");

/**
 * Writes `count` files below `folder`, 100 to a folder, the same ones every time: source, prose, JSON and CSV of 0.2
 * to 32 KiB, one in ten a PNG, a PDF or a gzip, one in twenty the copy of an earlier one, one in five hundred 1 MiB.
 */
export function makeFiles(folder: string, count: number): void {
  const random = randomNumbers(42);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const words = Array.from({ length: 5000 }, () => word(random));
  const text = (size: number, between: readonly string[]) => {
    let out = "";
    while (out.length < size) out += pick(words) + pick(between);
    return out.slice(0, size);
  };
  const kinds = [
    (size: number) => ["ts", text(size, [" ", "(", ") {\n  ", ";\n", " = ", "."])],
    (size: number) => ["md", text(size, [" ", " ", " ", ", ", ".\n", "\n\n"])],
    (size: number) => [
      "json",
      JSON.stringify({ name: pick(words), words: text(size, [" "]).split(" ") }, null, 2),
    ],
    (size: number) => ["csv", text(size, [",", ",", ",", "\n"])],
  ] as const;
  const binaries = [
    (size: number) => ["png", Buffer.concat([png, noise(size, random)])],
    (size: number) => ["pdf", Buffer.concat([pdf, noise(size, random)])],
    (size: number) => ["gz", gzipSync(text(size, [" ", "\n"]))],
  ] as const;

  const recent: (readonly [string, string | Buffer])[] = [];
  for (let n = 0; n < count; n++) {
    const below = join(folder, `folder-${String(Math.floor(n / 100)).padStart(4, "0")}`);
    if (n % 100 === 0) mkdirSync(below, { recursive: true });
    const size = n % 500 === 499 ? 1 << 20 : Math.floor(200 * 160 ** random());
    const isCopy = n % 20 === 19;
    const [extension, content] = isCopy
      ? pick(recent)
      : (pick(n % 10 === 5 ? binaries : kinds)(size) as [string, string | Buffer]);
    if (!isCopy) recent[n % 50] = [extension, content];
    writeFileSync(join(below, `file-${String(n).padStart(6, "0")}.${extension}`), content);
  }
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function word(random: () => number): string {
  const syllables = ["ka", "lo", "mi", "ter", "sa", "ven", "dor", "ne", "ri", "put", "os", "el"];
  const length = 1 + Math.floor(random() * 4);
  return Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join("");
}

function noise(size: number, random: () => number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), i);
  return bytes;
}

if (import.meta.url === pathToFileURL(argv[1] ?? "").href)
  makeFiles(argv[2] ?? "files", Number(argv[3] ?? 20_000));
