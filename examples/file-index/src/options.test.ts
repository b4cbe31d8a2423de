import { afterEach, describe, expect, it, vi } from "vitest";
import { readOptions } from "./options.js";

afterEach(() => vi.restoreAllMocks());

/** Reads a command line; what it ends the process with, and what it says, when it does not like it. */
function read(...args: string[]) {
  let said = "";
  const say = (text: string | Uint8Array) => {
    said += text;
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(say);
  vi.spyOn(process.stderr, "write").mockImplementation(say);
  vi.spyOn(process, "exit").mockImplementation((code) => {
    throw { code };
  });
  try {
    return { options: readOptions(args), said };
  } catch (error) {
    return { ...(error as { code: number }), said };
  }
}

describe("readOptions", () => {
  it("has a default for everything", () => {
    expect(read().options).toEqual({
      folder: process.cwd(),
      words: [],
      db: ".file-index/index.db",
      limit: 32,
      readAhead: 16,
      sequential: false,
      json: false,
      serve: false,
      port: 3000,
    });
  });

  it("takes words apart", () => {
    expect(read("--search", "one two", "three").options?.words).toEqual(["one", "two", "three"]);
  });

  it.each([
    [["--limit", "0"], /limit.*'0'.*whole number, 1 or more/],
    [["--port", "4000"], /--port.*add --serve/],
    [["--serve", "--port", "65536"], /port.*'65536'.*0 to 65535/],
    [["--serve", "--json"], /--serve.*leave --search and --json out/],
    [["--limit", "abc"], /limit.*'abc'/],
    [["--limit", "1.5"], /limit.*'1.5'/],
    [["--limit", "1e3"], /limit.*'1e3'/],
    [["--limit", "99999999999999999999"], /limit/],
    [["--limit"], /limit.*argument missing/],
    [["--read-ahead", "-1"], /read-ahead.*'-1'.*0 to 1000/],
    [["--read-ahead", "1001"], /read-ahead/],
    [["--bogus"], /unknown option '--bogus'/],
    [["src", "dist"], /too many arguments/],
    [["nowhere"], /'nowhere' is no folder/],
    [["--search", " "], /needs a word/],
    [["src", "--search", "word"], /leave the folder out/],
  ])("refuses %j in one line", (args, line) => {
    const { code, said } = read(...args) as { code: number; said: string };

    expect(code).toBe(2);
    expect(said).toMatch(line);
    expect(said).toMatch(/^error: [^\n]*\n$/);
  });

  it("explains all of it", () => {
    const { code, said } = read("--help") as { code: number; said: string };

    expect(code).toBe(0);
    for (const word of [
      "--search",
      "--limit",
      "--sequential",
      "--read-ahead",
      "--db",
      "--json",
      ".file-index",
      "130",
    ]) {
      expect(said).toContain(word);
    }
  });
});
