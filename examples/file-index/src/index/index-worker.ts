import { workerData } from "node:worker_threads";
import { startRelay } from "sluice/outbox";
import { drain } from "../events/drain.js";
import { EventsFile } from "../events/events-file.js";
import { FileIndexed } from "../events/file-events.js";
import { indexOutbox } from "../events/index-outbox.js";
import { relayOptions } from "../events/relay-options.js";
import type { Places } from "../places.js";
import { answerWriter } from "./answer-writer.js";
import { openIndex } from "./open-index.js";
import { preparePut } from "./put-entries.js";

// The thread of an IndexWriter. The relay works here too, on the same connection: it never waits for the lock of the one
// who writes, and hears of each commit at once.
const { index, eventsFile } = workerData as Places;
const db = openIndex(index);
const outbox = indexOutbox(db);
const broker = await EventsFile.open(eventsFile);
const relay = await startRelay({ outbox, broker, ...relayOptions });

const put = preparePut(db, (files) =>
  outbox.add(
    files.map((file) => new FileIndexed(file)),
    db,
  ),
);

answerWriter({
  put(entries) {
    put(entries);
    outbox.committed();
  },
  async end() {
    const waiting = await drain(outbox);
    await relay.close();
    await broker.close();
    db.close();
    return { published: broker.published, waiting };
  },
});
