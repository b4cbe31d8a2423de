import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message } from "sluice";
import { BrokerUnavailableError } from "sluice/brokers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EventsFile } from "./events-file.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "file-index-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const message = (id: string): Message => ({
  id,
  name: "file.indexed",
  topic: "files",
  key: "k",
  timestamp: new Date(0),
  headers: {},
  payload: { size: 1 },
});

it("has written a line for each message when publish resolves", async () => {
  const path = join(folder, "events.jsonl");
  const events = await EventsFile.open(path);
  await events.publish([message("e-1"), message("e-2")]);

  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const expected = { name: "file.indexed", topic: "files", key: "k", at: "1970-01-01T00:00:00.000Z" };
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    ["e-1", "e-2"].map((id) => ({ id, ...expected, payload: { size: 1 } })),
  );
  expect(events.published).toBe(2);
  await events.close();
});

it("begins a new line after one that a killed process has left unfinished", async () => {
  const path = join(folder, "events.jsonl");
  writeFileSync(path, '{"id":"e-0","name":"file.ind');
  const events = await EventsFile.open(path);
  await events.publish([message("e-0")]);
  await events.publish([message("e-1")]);
  await events.close();

  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines.slice(1).map((line) => JSON.parse(line).id)).toEqual(["e-0", "e-1"]);
});

it("blames no message when the disk is full (O4)", async () => {
  const events = await EventsFile.open("/dev/full");
  await expect(events.publish([message("e-1")])).rejects.toBeInstanceOf(BrokerUnavailableError);
  expect(events.published).toBe(0);
  await events.close();
});
