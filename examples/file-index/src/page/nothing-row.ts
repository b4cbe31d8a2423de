import { html } from "lit-html";

/** What a list says that has nothing in it. */
export const nothingRow = (text: string) => html`<li class="nothing">${text}</li>`;
