import Database from "better-sqlite3";
import { beforeEach, expect, it } from "vitest";
import { type IndexEntry, preparePut } from "./put-entries.js";

let db: Database.Database;

beforeEach(() => {
  db = new Database(":memory:");
  db.exec(`
    CREATE TABLE files (id INTEGER PRIMARY KEY, path BLOB UNIQUE, sha256 TEXT, type TEXT, size INTEGER, run INTEGER);
    CREATE VIRTUAL TABLE texts USING fts5 (path, text);`);
});

const entry = (path: string, sha256: string): IndexEntry => ({
  path,
  pathBytes: Buffer.from(path),
  sha256,
  type: "text/plain",
  size: 1,
  text: "words",
  run: 1,
});

it("announces what is new or changed, and nothing twice", () => {
  const announced: string[][] = [];
  const put = preparePut(db, (files) => announced.push(files.map(({ sha256 }) => sha256)));
  put([entry("a", "1"), entry("b", "2")]);
  put([entry("a", "1"), entry("b", "3")]);

  expect(announced).toEqual([["1", "2"], ["3"]]);
});

it("puts no file into the index whose event is refused (O1)", () => {
  const put = preparePut(db, () => {
    throw new Error("refused");
  });

  expect(() => put([entry("a", "1")])).toThrow("refused");
  expect(db.prepare("SELECT count(*) FROM files").pluck().get()).toBe(0);
});
