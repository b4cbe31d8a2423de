import { html, render } from "lit-html";
import type { Client } from "sluice/client";
import { type Found, foundMarks, SearchIndex } from "../live/messages.js";
import { formatBytes, formatFiles, printable } from "../report/format.js";
import { element } from "./element.js";
import { nothingRow } from "./nothing-row.js";
import { pathName } from "./path-name.js";
import { reasonOf } from "./run.js";

const pauseMs = 200;

/** Searches while the person types. A later search ends an earlier one. */
export class SearchView {
  readonly #client: Client;
  readonly #words = element<HTMLInputElement>("words");
  #searching = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client) {
    this.#client = client;
    this.#words.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.search(), pauseMs);
    });
    element("search").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.search();
    });
    this.#show("", nothingRow("What is indexed can be searched, also while a run goes on."));
  }

  async search(): Promise<void> {
    clearTimeout(this.#timer);
    this.#searching.abort();
    const words = this.#words.value.trim();
    if (words === "") return this.#show("", []);
    this.#searching = new AbortController();
    const { signal } = this.#searching;
    try {
      const found = await this.#client.send(new SearchIndex({ words }), { signal });
      this.#show(countOf(found), found.hits.map(hitRow));
    } catch (error) {
      if (!signal.aborted) this.#show("", nothingRow(reasonOf(error)));
    }
  }

  #show(count: string, rows: unknown): void {
    element("found-count").textContent = count;
    element("found-box").scrollTop = 0;
    render(rows, element("found"));
  }
}

function countOf({ count, hits }: Found): string {
  return `${formatFiles(count)}${count > hits.length ? `, the best ${hits.length}` : ""}`;
}

function hitRow({ path, type, size, snippet }: Found["hits"][number]) {
  const [before, after] = foundMarks;
  const [start = "", ...marked] = snippet.replace(/\s+/g, " ").split(before);
  const parts = marked.map((part) => {
    const [word = "", rest = ""] = part.split(after);
    return html`<mark>${printable(word)}</mark>${printable(rest)}`;
  });
  return html`<li>
    ${pathName(path)} <span class="amount">${type}, ${formatBytes(size)}</span>
    <p class="snippet">${printable(start)}${parts}</p>
  </li>`;
}
