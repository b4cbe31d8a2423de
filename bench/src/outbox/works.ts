import type { OutboxWork } from "./work-options.js";
import { add } from "./works/add.js";
import { batches } from "./works/batches.js";
import { delay } from "./works/delay.js";
import { doneRows } from "./works/done-rows.js";
import { idle } from "./works/idle.js";
import { newTables } from "./works/new-tables.js";
import { notify } from "./works/notify.js";
import { peers, pythonCqrs } from "./works/peers.js";
import { relays } from "./works/relays.js";
import { slowBroker } from "./works/slow-broker.js";
import { sqlite } from "./works/sqlite.js";

/** By the name that `--only` takes. */
export const outboxWorks: Readonly<Record<string, OutboxWork>> = {
  batches,
  "new-tables": newTables,
  peers,
  "python-cqrs": pythonCqrs,
  "done-rows": doneRows,
  "slow-broker": slowBroker,
  relays,
  delay,
  idle,
  add,
  notify,
  sqlite,
};
