import { html, type TemplateResult } from "lit-html";
import { printable } from "../report/format.js";

/** A path of which the end stays visible where there is no room for all of it. */
export function pathName(path: string): TemplateResult {
  const shown = printable(path);
  const end = shown.lastIndexOf("/") + 1;
  return html`<span class="name" title=${shown}
    ><span class="folders">${shown.slice(0, end)}</span><span class="last">${shown.slice(end)}</span></span
  >`;
}
