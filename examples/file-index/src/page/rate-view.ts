import { formatCount } from "../report/format.js";
import { element } from "./element.js";
import { RateChart } from "./rate-chart.js";
import type { Run } from "./run.js";

/** Items per second, as a chart and in words. */
export class RateView {
  readonly #chart: RateChart;

  constructor(host: HTMLElement) {
    this.#chart = new RateChart(host);
  }

  show(run: Run | undefined): void {
    const text = element("rate-text");
    if (run === undefined) {
      text.textContent = "";
      return this.#chart.show([[], []]);
    }
    const { rates, files } = run.seen;
    const points = rates.points(run.endedAt ?? performance.now());
    this.#chart.show(points);
    const now = run.state === "running" ? `${formatCount(points[1].at(-1) ?? 0)} now, ` : "";
    const mean = formatCount(files / Math.max(run.seconds, 0.001));
    text.textContent = `${now}${mean} on average, ${formatCount(rates.peak)} at most`;
  }
}
