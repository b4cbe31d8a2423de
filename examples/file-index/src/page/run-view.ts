import { html, nothing, render, type TemplateResult } from "lit-html";
import type { Lane } from "../live/lanes.js";
import type { FileSight } from "../live/messages.js";
import { formatBytes, formatCount, formatFiles, printable } from "../report/format.js";
import { element } from "./element.js";
import { RateChart } from "./rate-chart.js";
import type { Run } from "./run.js";
import { type Copies, type Filter, mostShown, wastedBy } from "./seen.js";
import { formatSeconds } from "./state-text.js";

const mostTypes = 5;

const lanes = [
  ["IndexText", "Full-text index"],
  ["FindDuplicates", "Duplicates"],
  ["CollectStatistics", "Statistics"],
  ["WriteAuditLog", "Audit log"],
] as const;

/** Everything below the controls, which shows one run; without one, the places where it will be. */
export class RunView {
  readonly #chart = new RateChart(element("chart"));
  readonly #filesBox = element("files-box");
  /** The list as it was when the person began to scroll in it. */
  #held:
    | { readonly run: Run | undefined; readonly filter: Filter; readonly files: readonly FileSight[] }
    | undefined;
  filter: Filter = "all";

  show(run: Run | undefined, limit: number): void {
    this.#tiles(run);
    this.#lanes(run, run?.limit ?? limit);
    this.#rate(run);
    this.#files(run);
    this.#types(run);
    this.#copies(run);
  }

  #tiles(run: Run | undefined): void {
    const { count, bytes, copies, files } = run?.seen ?? { ...none, files: 0 };
    const seconds = run?.seconds ?? 0;
    const skipped = count.skipped > 0 ? `${formatCount(count.skipped)} links, pipes, …` : nothing;
    render(
      [
        tile("Files", formatCount(count.indexed), "hashed, typed, indexed"),
        tile(
          "Read",
          formatBytes(bytes),
          seconds > 0 ? `${formatBytes(Math.round(bytes / seconds))} a second` : nothing,
        ),
        tile("Duplicates", formatCount(copies.files), `${formatBytes(copies.bytes)} in copies`),
        tile(
          "Not read",
          formatCount(count.skipped + count.failed),
          count.failed ? `${formatCount(count.failed)} failed` : skipped,
        ),
        tile(
          "Events handled",
          formatCount(run?.progress?.lanes.reduce((sum, { done }) => sum + done, 0) ?? 0),
          "four for each file",
        ),
        tile(
          "Time",
          formatSeconds(seconds),
          seconds > 0 ? `${formatCount(files / seconds)} items a second` : nothing,
        ),
      ],
      element("tiles"),
    );
  }

  #lanes(run: Run | undefined, limit: number): void {
    const atWork = run?.state === "running" ? (run.progress?.atWork ?? 0) : 0;
    const seen = new Map(run?.progress?.lanes.map((lane) => [lane.handler, lane]));
    element("at-work").textContent = `${atWork} of at most ${limit} at work`;
    const rows = lanes.map(([handler, label], i) => {
      const lane = seen.get(handler) ?? { handler, waiting: 0, atWork: 0, most: 0, done: 0 };
      const isOver = run?.state !== "running";
      return laneRow(isOver ? { ...lane, waiting: 0, atWork: 0, most: 0 } : lane, label, i + 1, limit);
    });
    render(rows, element("lanes"));
  }

  #rate(run: Run | undefined): void {
    const points = run?.seen.rates.points(
      performance.now() - (run.endedAt ? performance.now() - run.endedAt : 0),
    );
    this.#chart.show(points ?? [[], []]);
    const now = run?.state === "running" ? `${formatCount(points?.[1].at(-1) ?? 0)} now, ` : "";
    const mean = run === undefined ? 0 : run.seen.files / Math.max(run.seconds, 0.001);
    element("rate-text").textContent =
      run === undefined
        ? ""
        : `${now}${formatCount(mean)} on average, ${formatCount(run.seen.rates.peak)} at most`;
  }

  #files(run: Run | undefined): void {
    const isReading =
      this.#filesBox.scrollTop > 0 && this.#held?.run === run && this.#held?.filter === this.filter;
    const kept = run?.seen.newest[this.filter] ?? [];
    if (!isReading) this.#held = { run, filter: this.filter, files: kept.slice(-mostShown).reverse() };
    const files = this.#held?.files ?? [];
    const hint =
      isReading && run?.state === "running"
        ? "Held while you read. Scroll to the top to go on."
        : kept.length > mostShown || (run && this.filter === "all" && run.seen.files > mostShown)
          ? `The last ${mostShown}. All of them are in the index: search for them.`
          : "";
    element("files-hint").textContent = hint;
    render(
      files.length > 0
        ? files.map(fileRow)
        : none.row(run ? "None yet." : "Files appear here, the newest first."),
      element("files"),
    );
  }

  #types(run: Run | undefined): void {
    const types = [...(run?.seen.types ?? [])].sort(([, a], [, b]) => b.bytes - a.bytes);
    const largest = types[0]?.[1].bytes || 1;
    element("types-text").textContent =
      types.length > mostTypes ? `${mostTypes} of ${types.length}, by size` : "by size";
    const rows = types.slice(0, mostTypes).map(
      ([type, { files, bytes }]) => html`<li>
        <span>${type}</span><span class="amount">${formatBytes(bytes)}, ${formatFiles(files)}</span>
        <div class="bar"><i .style=${`width: ${(bytes / largest) * 100}%`}></i></div>
      </li>`,
    );
    render(rows.length > 0 ? rows : none.row("None yet."), element("types"));
  }

  #copies(run: Run | undefined): void {
    const { largestCopies, copies } = run?.seen ?? none;
    element("copies-text").textContent =
      copies.files > 0 ? `${formatBytes(copies.bytes)} could be saved` : "";
    render(
      largestCopies.length > 0 ? largestCopies.map(copiesRow) : none.row("None yet."),
      element("copies"),
    );
  }
}

const none = {
  count: { indexed: 0, skipped: 0, failed: 0 },
  bytes: 0,
  copies: { files: 0, bytes: 0 },
  largestCopies: [],
  row: (text: string) => html`<li class="nothing">${text}</li>`,
};

function tile(label: string, value: string, more: unknown): TemplateResult {
  return html`<div><dt>${label}</dt><dd>${value}<small>${more}</small></dd></div>`;
}

function laneRow(
  { handler, waiting, atWork, most, done }: Lane,
  label: string,
  colour: number,
  limit: number,
) {
  const share = (handlers: number) => `width: ${(handlers / limit) * 100}%`;
  return html`<li .style=${`--lane: var(--lane-${colour}); --limit: ${limit}; --gap: ${limit > 64 ? 0 : 2}px`}>
    <b>${label}<small>${handler}</small></b>
    <div class="track" aria-hidden="true">
      <i class="most" .style=${share(most)}></i><i class="now" .style=${share(atWork)}></i>
    </div>
    <div class="numbers">
      <span>${atWork} <small>at work</small></span>
      <span>${formatCount(waiting)} <small>waiting</small></span>
      <span>${formatCount(done)} <small>done</small></span>
    </div>
  </li>`;
}

function fileRow({ file, copy }: FileSight): TemplateResult {
  const path = printable(file.path);
  if (file.status !== "indexed") {
    return html`<li><span class="name" title=${path}>${path}</span><span class="what">${printable(file.reason)}</span
      ><span class=${file.status === "failed" ? "tag bad" : "tag"}>${file.status}</span></li>`;
  }
  const tag =
    copy === undefined
      ? nothing
      : html`<span class="tag" title="the same as ${printable(copy.of)}">duplicate</span> `;
  return html`<li><span class="name" title=${path}>${path}</span><span class="what">${tag}${file.type}</span
    ><span class="size">${formatBytes(file.size)}</span></li>`;
}

function copiesRow(copies: Copies): TemplateResult {
  const { first, size, files } = copies;
  return html`<li>${files} × ${formatBytes(size)}, ${formatBytes(wastedBy(copies))} too much
    <span class="path" title=${printable(first)}>${printable(first)}</span></li>`;
}
