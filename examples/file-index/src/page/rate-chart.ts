import uPlot from "uplot";
import { formatCount } from "../report/format.js";

/** Items per second over the time of a run, in the colours of the page. */
export class RateChart {
  readonly #host: HTMLElement;
  #plot: uPlot;

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#plot = this.#make([[], []]);
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      const { data } = this.#plot;
      this.#plot.destroy();
      this.#plot = this.#make(data);
    });
  }

  show(points: [seconds: number[], rates: number[]]): void {
    this.#plot.setData(points);
  }

  #make(data: uPlot.AlignedData): uPlot {
    const colour = (name: string) => colourOf(this.#host, name);
    const axis = {
      stroke: colour("--soft"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    };
    return new uPlot(
      {
        ...this.#size(),
        cursor: { show: false },
        legend: { show: false },
        // The last number of the axis stands half beyond the plot.
        padding: [8, 24, 0, 0],
        scales: {
          x: { time: false, range: (_, _min, max) => [0, Math.max(max ?? 0, 5)] },
          y: { range: (_, _min, max) => [0, Math.max((max ?? 0) * 1.1, 10)] },
        },
        axes: [
          { ...axis, size: 26, values: (_, seconds) => seconds.map((n) => `${n} s`) },
          { ...axis, size: 56, values: (_, rates) => rates.map(formatCount) },
        ],
        series: [
          {},
          {
            stroke: colour("--lane-1"),
            fill: colour("--lane-1").replace(/\)$/, " / 0.15)"),
            width: 2,
            points: { show: false },
          },
        ],
      },
      data,
      this.#host,
    );
  }

  #size() {
    return { width: this.#host.clientWidth, height: this.#host.clientHeight };
  }
}

/** A colour of the style sheet as a canvas takes it: `rgb(r g b)`. */
function colourOf(host: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  host.append(probe);
  const colour = getComputedStyle(probe).color.replaceAll(",", "");
  probe.remove();
  return colour;
}
