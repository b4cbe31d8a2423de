import { type HandlerContext, StreamingRequestHandler } from "sluice";
import { EntryCount } from "../files/entry-count.js";
import type { IndexedFile, UnreadFile } from "../files/read-entry.js";
import { forgetMissing } from "../index/forget-missing.js";
import type { IndexWriter } from "../index/index-writer.js";
import { createMediator } from "../mediator.js";
import { IndexFiles } from "../messages.js";
import type { Places } from "../places.js";
import type { Duplicates } from "../report/duplicates.js";
import { formatFiles, printable } from "../report/format.js";
import { print } from "../report/print.js";
import { Tools } from "../tools.js";
import { Lanes } from "./lanes.js";
import type { FileSight, IndexFolder, ProgressSight } from "./messages.js";
import type { Root } from "./root.js";
import { withLooks } from "./with-looks.js";

export interface RunSettings {
  /** One for all tabs: they share its thread and its relay. */
  readonly index: IndexWriter;
  readonly places: Places;
  readonly sequential: boolean;
  readonly readAhead: number;
}

/** A run of the main job for one tab: with its own mediator and limit, so that tabs do not disturb each other. */
export class IndexFolderHandler extends StreamingRequestHandler<IndexFolder> {
  constructor(
    readonly root: Root,
    readonly settings: RunSettings,
  ) {
    super();
  }

  async *handle({ folder, limit }: IndexFolder, { signal }: HandlerContext) {
    const { index, places, sequential, readAhead } = this.settings;
    const path = await this.root.find(folder);
    const shown = printable(folder || ".");
    const run = Date.now();
    const count = new EntryCount(path, places.own, signal);
    const lanes = new Lanes();
    let files = 0;
    let isWhole = false;
    await print(`started  ${shown}, ${limit} event handlers at once`);
    try {
      await using tools = await Tools.open(places, index.forRun(run));
      await using mediator = createMediator(tools, { limit, sequential, lanes });
      const stream = mediator.stream(new IndexFiles(path, places.own), { readAhead, signal });
      for await (const sight of withLooks(stream, () => progressOf(lanes, count), 100)) {
        if ("kind" in sight) {
          yield sight;
        } else {
          files += 1;
          yield this.#sightOf(sight, tools.duplicates);
        }
      }
      forgetMissing(places.index, path, run);
      isWhole = true;
    } finally {
      await print(`${isWhole ? "finished" : "stopped "} ${shown}, ${formatFiles(files)}`);
    }
  }

  /** The file's handlers are done, so `FindDuplicates` knows what it is a copy of. */
  #sightOf(file: IndexedFile | UnreadFile, duplicates: Duplicates): FileSight {
    const paths = file.status === "indexed" ? (duplicates.of(file)?.paths ?? []) : [];
    const [first = file.path] = paths;
    // The files behind it may have been read already: the first of a kind is still no copy.
    const copy = first === file.path ? undefined : { of: this.root.shorten(first), files: paths.length };
    return { kind: "file", file: { ...file, path: this.root.shorten(file.path) }, copy };
  }
}

function progressOf(lanes: Lanes, { total, isComplete }: EntryCount): ProgressSight {
  const seen = lanes.look();
  const atWork = seen.reduce((sum, lane) => sum + lane.atWork, 0);
  return { kind: "progress", lanes: seen, atWork, total, isCounted: isComplete };
}
