import { element } from "./element.js";
import { FilesView } from "./files-view.js";
import { RateView } from "./rate-view.js";
import type { Run } from "./run.js";
import { showCopies } from "./show-copies.js";
import { showLanes } from "./show-lanes.js";
import { showTiles } from "./show-tiles.js";
import { showTypes } from "./show-types.js";

/** Everything below the controls, which shows one run; without one, the places where it will be. */
export class RunView {
  readonly #rate = new RateView(element("chart"));
  readonly #files = new FilesView();

  show(run: Run | undefined, limit: number): void {
    showTiles(run);
    showLanes(run, run?.limit ?? limit);
    this.#rate.show(run);
    this.#files.show(run);
    showTypes(run?.seen);
    showCopies(run?.seen);
  }
}
