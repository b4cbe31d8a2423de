import { html, render } from "lit-html";
import { formatBytes, formatFiles } from "../report/format.js";
import { element } from "./element.js";
import { nothingRow } from "./nothing-row.js";
import type { Seen } from "./seen.js";

const most = 5;

/** The types with most bytes. */
export function showTypes(seen: Seen | undefined): void {
  const types = [...(seen?.types ?? [])].sort(([, a], [, b]) => b.bytes - a.bytes);
  const largest = types[0]?.[1].bytes || 1;
  element("types-text").textContent = types.length > most ? `the largest ${most} of ${types.length}` : "";
  const rows = types.slice(0, most).map(
    ([type, { files, bytes }]) => html`<li>
      <span>${type}</span><span class="amount">${formatBytes(bytes)}, ${formatFiles(files)}</span>
      <div class="bar"><i .style=${`width: ${(bytes / largest) * 100}%`}></i></div>
    </li>`,
  );
  render(rows.length > 0 ? rows : nothingRow("None yet."), element("types"));
}
