import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { startRelay } from "sluice/outbox";
import { openIndex } from "../index/open-index.js";
import type { Places } from "../places.js";
import { drain } from "./drain.js";
import { EventsFile } from "./events-file.js";
import { indexOutbox } from "./index-outbox.js";
import { relayOptions } from "./relay-options.js";

// The thread that publishes the events of an index until it is asked to end, and then what is left.
const { index, eventsFile } = workerData as Places;
const db = openIndex(index);
const outbox = indexOutbox(db);
const broker = await EventsFile.open(eventsFile);
const relay = await startRelay({ outbox, broker, ...relayOptions });

if (parentPort) await once(parentPort, "message");
const waiting = await drain(outbox);
await relay.close();
await broker.close();
db.close();
parentPort?.postMessage({ published: broker.published, waiting });
parentPort?.close();
