import { askProcess } from "../ask-process.js";
import type { Row } from "../work.js";

export async function* runMemory(): AsyncGenerator<Row> {
  const module = new URL("run-memory-work.js", import.meta.url);
  for (const work of ["streamed-items", "open-streams"]) {
    yield* await askProcess<Row[]>(module, [work], ["--expose-gc"]);
  }
}
