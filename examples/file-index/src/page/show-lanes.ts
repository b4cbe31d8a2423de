import { html, render, type TemplateResult } from "lit-html";
import type { Lane } from "../live/lanes.js";
import { formatCount } from "../report/format.js";
import { element } from "./element.js";
import type { Run } from "./run.js";

const labels = [
  ["IndexText", "Full-text index"],
  ["FindDuplicates", "Duplicates"],
  ["CollectStatistics", "Statistics"],
  ["WriteAuditLog", "Audit log"],
] as const;

/** A lane for each event handler, with as many cells as handlers may be at work in all lanes together. */
export function showLanes(run: Run | undefined, limit: number): void {
  const isRunning = run?.state === "running";
  const lanes = new Map(run?.progress?.lanes.map((lane) => [lane.handler, lane]));
  const atWork = isRunning ? (run.progress?.atWork ?? 0) : 0;
  element("at-work").textContent = `${atWork} of at most ${limit} at work`;
  const rows = labels.map(([handler, label], i) => {
    const lane = lanes.get(handler) ?? { handler, waiting: 0, atWork: 0, most: 0, done: 0 };
    return laneRow(isRunning ? lane : { ...lane, waiting: 0, atWork: 0, most: 0 }, label, i + 1, limit);
  });
  render(rows, element("lanes"));
}

function laneRow(lane: Lane, label: string, colour: number, limit: number): TemplateResult {
  const share = (handlers: number) => `width: ${(handlers / limit) * 100}%`;
  const gap = limit > 64 ? 0 : 2;
  return html`<li .style=${`--lane: var(--lane-${colour}); --limit: ${limit}; --gap: ${gap}px`}>
    <b>${label}<small>${lane.handler}</small></b>
    <div class="track" aria-hidden="true">
      <i class="most" .style=${share(lane.most)}></i><i class="now" .style=${share(lane.atWork)}></i>
    </div>
    <div class="numbers">
      <span>${lane.atWork} <small>at work</small></span>
      <span>${formatCount(lane.waiting)} <small>waiting</small></span>
      <span>${formatCount(lane.done)} <small>done</small></span>
    </div>
  </li>`;
}
