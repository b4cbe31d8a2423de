import { html, nothing, render } from "lit-html";
import type { Client } from "sluice/client";
import { type Folders, ListFolders } from "../live/messages.js";
import { formatCount, printable } from "../report/format.js";
import { element } from "./element.js";
import { nothingRow } from "./nothing-row.js";
import { reasonOf } from "./run.js";

/** Where a person looks for a folder below the root. */
export class FolderDialog {
  readonly #client: Client;
  readonly #dialog = element<HTMLDialogElement>("folders");
  readonly #choose = element<HTMLButtonElement>("folders-choose");
  #folder = "";

  constructor(client: Client, onChoose: (folder: string) => void) {
    this.#client = client;
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.returnValue === "choose") onChoose(this.#folder);
    });
  }

  /** Opens it at a folder; at the root when there is no such folder. */
  async open(folder: string): Promise<void> {
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    if (!(await this.#enter(folder)) && folder !== "") await this.#enter("");
  }

  async #enter(folder: string): Promise<boolean> {
    try {
      this.#show(await this.#client.send(new ListFolders({ folder })));
      return true;
    } catch (error) {
      element("folders-path").textContent = reasonOf(error);
      return false;
    }
  }

  #show({ root, folder, names, more }: Folders): void {
    this.#folder = folder;
    element("folders-path").textContent = printable(folder === "" ? root : `${root}/${folder}`);
    const row = (label: string, to: string) =>
      html`<li><button type="button" @click=${() => void this.#enter(to)}>${label}</button></li>`;
    render(
      [
        folder === "" ? nothing : row("↑ up", folder.split("/").slice(0, -1).join("/")),
        names.map((name) => row(printable(name), folder === "" ? name : `${folder}/${name}`)),
        names.length === 0 ? nothingRow("There is no folder in it.") : nothing,
        more > 0 ? nothingRow(`and ${formatCount(more)} more: type their names`) : nothing,
      ],
      element("folder-names"),
    );
    (element("folder-names").querySelector("button") ?? this.#choose).focus();
  }
}
