// Started by run-memory.ts: each work in a heap of its own.
import { measureOpenStreams } from "./open-streams.js";
import { measureStreamedItems } from "./streamed-items.js";

const rows = process.argv[2] === "open-streams" ? await measureOpenStreams() : [await measureStreamedItems()];
process.send?.(rows, () => process.exit());
