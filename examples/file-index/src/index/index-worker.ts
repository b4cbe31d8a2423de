import { once } from "node:events";
import { Worker, workerData } from "node:worker_threads";
import { FileIndexed } from "../events/file-events.js";
import { indexOutbox } from "../events/index-outbox.js";
import type { Places } from "../places.js";
import { answerWriter } from "./answer-writer.js";
import { openIndex } from "./open-index.js";
import { preparePut } from "./put-entries.js";

// The thread of an IndexWriter. It is busy all the time, so the relay has a thread of its own.
const places = workerData as Places;
const relay = new Worker(new URL("../events/relay-worker.js", import.meta.url), { workerData: places });
const db = openIndex(places.index);
const outbox = indexOutbox(db);

answerWriter({
  put: preparePut(db, (files) =>
    outbox.add(
      files.map((file) => new FileIndexed(file)),
      db,
    ),
  ),
  async end() {
    db.close();
    relay.postMessage("end");
    const [delivery] = await once(relay, "message");
    return delivery;
  },
});
