import { open } from "node:fs/promises";
import { workerData } from "node:worker_threads";
import { pathText } from "../files/shown-path.js";
import { answerWriter } from "../index/answer-writer.js";
import { openIndex } from "../index/open-index.js";
import { preparePut } from "../index/put-entries.js";
import type { Places } from "../places.js";

// The thread of the index by hand: a table of events instead of an outbox, a loop instead of a relay, the same file for a
// broker. It has no leases, no tries, no dead letters, and no order to keep but that of the table.
const { index, eventsFile } = workerData as Places;
const db = openIndex(index);
db.exec("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL)");
const add = db.prepare("INSERT INTO events (line) VALUES (?)");
const next = db.prepare<[], { id: number; line: string }>(
  "SELECT id, line FROM events ORDER BY id LIMIT 1000",
);
const remove = db.prepare("DELETE FROM events WHERE id <= ?");
const file = await open(eventsFile, "a");
let published = 0;
let publishing: Promise<void> | undefined;

const put = preparePut(db, (files) => {
  for (const { pathBytes, sha256, type, size } of files) {
    const path = pathText(pathBytes);
    const event = { id: crypto.randomUUID(), name: "file.indexed", at: new Date(), path, sha256, type, size };
    add.run(JSON.stringify(event));
  }
});

async function publish(): Promise<void> {
  for (let rows = next.all(); rows.length > 0; rows = next.all()) {
    await file.write(`${rows.map(({ line }) => line).join("\n")}\n`);
    await file.datasync();
    remove.run(rows.at(-1)?.id);
    published += rows.length;
  }
  publishing = undefined;
}

answerWriter({
  put(entries) {
    put(entries);
    publishing ??= publish();
  },
  async end() {
    await publishing;
    await file.close();
    db.close();
    return { published, waiting: 0 };
  },
});
