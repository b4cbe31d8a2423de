import { EventHandler } from "sluice";
import type { FileMeasured } from "../messages.js";
import type { Statistics } from "../report/statistics.js";

export class CollectStatistics extends EventHandler<FileMeasured> {
  constructor(readonly statistics: Statistics) {
    super();
  }

  async handle({ file }: FileMeasured) {
    this.statistics.add(file);
  }
}
