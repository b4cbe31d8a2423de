import { brokerWorks, runBrokers } from "./brokers/run-brokers.js";
import { type CoreOptions, runCore } from "./core/run-core.js";
import { coreWorks } from "./core/works.js";
import { runFileIndex } from "./file-index/run-file-index.js";
import { runHttp } from "./http/run-http.js";
import { runHttpClient } from "./http-client/run-http-client.js";
import { runMemory } from "./memory/run-memory.js";
import { runOutbox } from "./outbox/run-outbox.js";
import { outboxWorks } from "./outbox/works.js";
import { runPython } from "./python/run-python.js";
import { runSize } from "./size/run-size.js";
import type { Row, Skipped } from "./work.js";

export interface BenchOptions {
  readonly core: Omit<CoreOptions, "only">;
  readonly doneRows: number;
}

interface Part {
  /** What of it can be measured by itself; nothing where it is one whole. */
  readonly works: readonly string[];
  run(works: readonly string[], options: BenchOptions): AsyncGenerator<Row | Skipped>;
}

const whole = (run: () => AsyncGenerator<Row | Skipped>): Part => ({ works: [], run });

/** The parts of the benchmark, by the name that the command line gives them. */
export const parts: Readonly<Record<string, Part>> = {
  core: { works: Object.keys(coreWorks), run: (only, { core }) => runCore({ ...core, only }) },
  memory: whole(runMemory),
  http: whole(runHttp),
  outbox: { works: Object.keys(outboxWorks), run: runOutbox },
  brokers: { works: Object.keys(brokerWorks), run: runBrokers },
  size: whole(runSize),
  python: whole(() => runPython(5)),
  "file-index": whole(() => runFileIndex(20_000, 5)),
  "http-client": whole(() => runHttpClient(15)),
};
