import { EventHandler } from "sluice";
import type { FileNotRead, FileRead } from "../messages.js";
import type { AuditLog } from "../report/audit-log.js";

/** Done when the line is written. */
export class WriteAuditLog extends EventHandler<FileRead | FileNotRead> {
  constructor(readonly log: AuditLog) {
    super();
  }

  async handle({ file }: FileRead | FileNotRead) {
    await this.log.append(file);
  }
}
