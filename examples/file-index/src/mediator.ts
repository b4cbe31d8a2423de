import { bootstrapStreaming, type StreamingRequestMediator } from "sluice";
import { CollectStatistics } from "./handlers/collect-statistics.js";
import { FindDuplicates } from "./handlers/find-duplicates.js";
import { IndexFilesHandler } from "./handlers/index-files.js";
import { IndexText } from "./handlers/index-text.js";
import { WriteAuditLog } from "./handlers/write-audit-log.js";
import type { Lanes } from "./live/lanes.js";
import { WatchedIndexFiles } from "./live/watched-index-files.js";
import { FileHashed, FileMeasured, FileNotRead, FileRead, IndexFiles, TextExtracted } from "./messages.js";
import type { Tools } from "./tools.js";

export interface MediatorOptions {
  /** Event handlers at once. */
  readonly limit: number;
  readonly sequential: boolean;
  /** Shown what every event handler does. */
  readonly lanes?: Lanes;
}

/** Which handler handles what, how many at once, and what they work with. */
export function createMediator(
  tools: Tools,
  { limit, sequential, lanes }: MediatorOptions,
): StreamingRequestMediator {
  const { index, duplicates, statistics, auditLog, gauge } = tools;
  const writeAuditLog = new WriteAuditLog(auditLog);
  return bootstrapStreaming({
    commandsMapper: (map) => map.bind(IndexFiles, lanes ? new WatchedIndexFiles(lanes) : IndexFilesHandler),
    domainEventsMapper: (map) =>
      map
        .bind(TextExtracted, new IndexText(index))
        .bind(FileHashed, new FindDuplicates(duplicates))
        .bind(FileMeasured, new CollectStatistics(statistics))
        .bind(FileRead, writeAuditLog)
        .bind(FileNotRead, writeAuditLog),
    middlewares: [{ event: (_event, next) => gauge.count(next) }, ...(lanes ? [lanes.middleware] : [])],
    maxConcurrentEventHandlers: limit,
    concurrentEventHandleEnable: !sequential,
  });
}
