import { bootstrapStreaming, type StreamingRequestMediator } from "sluice";
import { CollectStatistics } from "./handlers/collect-statistics.js";
import { FindDuplicates } from "./handlers/find-duplicates.js";
import { IndexFilesHandler } from "./handlers/index-files.js";
import { IndexText } from "./handlers/index-text.js";
import { WriteAuditLog } from "./handlers/write-audit-log.js";
import { FileHashed, FileMeasured, FileNotRead, FileRead, IndexFiles, TextExtracted } from "./messages.js";
import type { Tools } from "./tools.js";

/** Which handler handles what, how many at once, and what they work with. */
export function createMediator(tools: Tools, limit: number, sequential: boolean): StreamingRequestMediator {
  const { index, duplicates, statistics, auditLog, gauge } = tools;
  const writeAuditLog = new WriteAuditLog(auditLog);
  return bootstrapStreaming({
    commandsMapper: (map) => map.bind(IndexFiles, IndexFilesHandler),
    domainEventsMapper: (map) =>
      map
        .bind(TextExtracted, new IndexText(index))
        .bind(FileHashed, new FindDuplicates(duplicates))
        .bind(FileMeasured, new CollectStatistics(statistics))
        .bind(FileRead, writeAuditLog)
        .bind(FileNotRead, writeAuditLog),
    middlewares: [{ event: (_event, next) => gauge.count(next) }],
    maxConcurrentEventHandlers: limit,
    concurrentEventHandleEnable: !sequential,
  });
}
