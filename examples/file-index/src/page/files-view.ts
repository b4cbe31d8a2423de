import { html, nothing, render, type TemplateResult } from "lit-html";
import type { FileSight } from "../live/messages.js";
import { formatBytes, printable } from "../report/format.js";
import { element } from "./element.js";
import { nothingRow } from "./nothing-row.js";
import { pathName } from "./path-name.js";
import type { Run } from "./run.js";
import { type Filter, mostShown } from "./seen.js";

/** The newest files; it stands still while a person reads further down. */
export class FilesView {
  readonly #box = element("files-box");
  #filter: Filter = "all";
  #run: Run | undefined;
  #files: readonly FileSight[] = [];

  constructor() {
    element("filter").addEventListener("change", (event) => {
      this.#filter = (event.target as HTMLInputElement).value as Filter;
      this.#box.scrollTop = 0;
    });
  }

  show(run: Run | undefined): void {
    if (run !== this.#run) this.#box.scrollTop = 0;
    this.#run = run;
    const isHeld = this.#box.scrollTop > 0;
    if (!isHeld) this.#files = run?.seen.newest[this.#filter].slice(-mostShown).reverse() ?? [];
    element("files-hint").textContent = this.#hint(isHeld && run?.state === "running");
    const empty = run === undefined ? "Files appear here, the newest first." : "None yet.";
    render(this.#files.length > 0 ? this.#files.map(fileRow) : nothingRow(empty), element("files"));
  }

  #hint(isHeld: boolean): string {
    if (isHeld) return "Held while you read. Scroll to the top to go on.";
    if (this.#files.length < mostShown) return "";
    return `The newest ${mostShown} of them. All can be searched.`;
  }
}

function fileRow({ file, copy }: FileSight): TemplateResult {
  if (file.status !== "indexed") {
    const tag = file.status === "failed" ? "tag bad" : "tag";
    return html`<li>
      ${pathName(file.path)}<span class="what">${printable(file.reason)}</span>
      <span class="size"><span class=${tag}>${file.status}</span></span>
    </li>`;
  }
  const tag = html`<span class="tag" title="the same as ${printable(copy?.of ?? "")}">duplicate</span> `;
  return html`<li>
    ${pathName(file.path)}<span class="what">${copy ? tag : nothing}${file.type}</span>
    <span class="size">${formatBytes(file.size)}</span>
  </li>`;
}
