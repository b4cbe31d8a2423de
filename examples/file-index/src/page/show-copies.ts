import { html, render, type TemplateResult } from "lit-html";
import { formatBytes } from "../report/format.js";
import { element } from "./element.js";
import { nothingRow } from "./nothing-row.js";
import { pathName } from "./path-name.js";
import { type Copies, type Seen, wastedBy } from "./seen.js";

/** The duplicates that waste most. */
export function showCopies(seen: Seen | undefined): void {
  const { largestCopies = [], copies } = seen ?? {};
  element("copies-text").textContent = copies?.files ? `${formatBytes(copies.bytes)} could be saved` : "";
  render(largestCopies.length > 0 ? largestCopies.map(row) : nothingRow("None yet."), element("copies"));
}

function row(copies: Copies): TemplateResult {
  const { first, size, files } = copies;
  return html`<li>
    ${pathName(first)}
    <span class="amount">${files} × ${formatBytes(size)}, ${formatBytes(wastedBy(copies))} wasted</span>
  </li>`;
}
