import { EventHandler } from "sluice";
import type { FileHashed } from "../messages.js";
import type { Duplicates } from "../report/duplicates.js";

export class FindDuplicates extends EventHandler<FileHashed> {
  constructor(readonly duplicates: Duplicates) {
    super();
  }

  async handle({ file }: FileHashed) {
    this.duplicates.add(file);
  }
}
