import type { RunIndex } from "./index/index-writer.js";
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
    readonly index: RunIndex,
    readonly auditLog: AuditLog,
  ) {}

  static async open({ auditLog }: Places, index: RunIndex): Promise<Tools> {
    return new Tools(index, await AuditLog.open(auditLog));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.auditLog[Symbol.asyncDispose]();
  }
}
