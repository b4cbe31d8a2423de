import { IndexWriter } from "./index/index-writer.js";
import { openIndex } from "./index/open-index.js";
import type { Places } from "./places.js";
import { AuditLog } from "./report/audit-log.js";
import { Duplicates } from "./report/duplicates.js";
import { HandlerGauge } from "./report/handler-gauge.js";
import { Statistics } from "./report/statistics.js";

/** What the event handlers of one run work with. */
export class Tools implements AsyncDisposable {
  readonly duplicates = new Duplicates();
  readonly statistics = new Statistics();
  readonly gauge = new HandlerGauge();

  private constructor(
    readonly index: IndexWriter,
    readonly auditLog: AuditLog,
  ) {}

  /** `run` tells what this run puts into the index from what was there. */
  static async open({ index, auditLog }: Places, run: number): Promise<Tools> {
    openIndex(index).close(); // makes it, or says what is wrong with it, before anything else is touched
    const log = await AuditLog.open(auditLog);
    return new Tools(new IndexWriter(index, run), log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.index[Symbol.asyncDispose]();
    await this.auditLog[Symbol.asyncDispose]();
  }
}
