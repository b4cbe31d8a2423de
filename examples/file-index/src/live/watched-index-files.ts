import type { DomainEvent } from "sluice";
import { IndexFilesHandler } from "../handlers/index-files.js";
import type { Lanes } from "./lanes.js";

/** The main job, whose lanes are told of every event. */
export class WatchedIndexFiles extends IndexFilesHandler {
  constructor(readonly lanes: Lanes) {
    super();
  }

  override emit(event: DomainEvent): void {
    super.emit(event);
    this.lanes.emitted(event);
  }
}
