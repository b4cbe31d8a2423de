import { html, render, type TemplateResult } from "lit-html";
import { formatBytes, formatCount } from "../report/format.js";
import { element } from "./element.js";
import type { Run } from "./run.js";
import { formatSeconds } from "./state-text.js";

/** The figures of a run; noughts without one. */
export function showTiles(run: Run | undefined): void {
  const { indexed, skipped, failed } = run?.seen.count ?? { indexed: 0, skipped: 0, failed: 0 };
  const bytes = run?.seen.bytes ?? 0;
  const copies = run?.seen.copies ?? { files: 0, bytes: 0 };
  const events = run?.progress?.lanes.reduce((sum, { done }) => sum + done, 0) ?? 0;
  const seconds = run?.seconds ?? 0;
  const perSecond = (amount: number) => (seconds > 0 ? Math.round(amount / seconds) : 0);
  render(
    [
      tile("Files", formatCount(indexed), `${formatCount(perSecond(indexed))} a second`),
      tile("Read", formatBytes(bytes), `${formatBytes(perSecond(bytes))} a second`),
      tile("Duplicates", formatCount(copies.files), `${formatBytes(copies.bytes)} in copies`),
      tile(
        "Not read",
        formatCount(skipped + failed),
        `${formatCount(failed)} failed, ${formatCount(skipped)} skipped`,
      ),
      tile("Events handled", formatCount(events), `${formatCount(perSecond(events))} a second`),
      tile("Time", formatSeconds(seconds), ""),
    ],
    element("tiles"),
  );
}

function tile(label: string, value: string, more: string): TemplateResult {
  return html`<div><dt>${label}</dt><dd><span>${value}</span><small>${more}</small></dd></div>`;
}
