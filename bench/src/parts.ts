import { type CoreOptions, runCore } from "./core/run-core.js";
import { runFileIndex } from "./file-index/run-file-index.js";
import { runHttp } from "./http/run-http.js";
import { runHttpClient } from "./http-client/run-http-client.js";
import { runMemory } from "./memory/run-memory.js";
import { runOutbox } from "./outbox/run-outbox.js";
import { runPython } from "./python/run-python.js";
import { runSize } from "./size/run-size.js";
import type { Row, Skipped } from "./work.js";

/** The parts of the benchmark, by the name that the command line gives them. */
export const parts: Readonly<Record<string, (options: CoreOptions) => AsyncGenerator<Row | Skipped>>> = {
  core: runCore,
  memory: runMemory,
  http: runHttp,
  outbox: runOutbox,
  size: runSize,
  python: () => runPython(5),
  "file-index": () => runFileIndex(20_000, 5),
  "http-client": () => runHttpClient(15),
};
