import { html, render } from "lit-html";
import type { OrderProgress } from "../contracts/place-order.js";
import { element } from "./element.js";
import { money } from "./money.js";

type Shown = { readonly text: string; readonly kind: "" | "good" | "bad" };

/** How the order of this page is coming along. */
export class ProgressView {
  readonly #steps: Shown[] = [];
  readonly #list = element("progress");

  constructor() {
    this.#show();
  }

  clear(): void {
    this.#steps.length = 0;
    this.#show();
  }

  add(progress: OrderProgress): void {
    this.#steps.push(stepOf(progress));
    this.#show();
  }

  #show(): void {
    const nothing = html`<li class="nothing">Its steps appear here, each when it is done.</li>`;
    const steps = this.#steps.map(({ text, kind }) => html`<li class=${kind}>${text}</li>`);
    render(steps.length > 0 ? steps : nothing, this.#list);
  }
}

function stepOf(progress: OrderProgress): Shown {
  switch (progress.step) {
    case "received":
      return { text: "Received", kind: "" };
    case "reserved":
      return { text: `Reserved ${progress.quantity} × ${progress.name}, ${progress.left} left`, kind: "" };
    case "refused":
      return { text: `No ${progress.quantity} × ${progress.name}: ${progress.left} left`, kind: "bad" };
    case "placed":
      return { text: "Placed", kind: "good" };
    case "invoiced":
      return { text: `Invoice ${progress.invoice}: ${money(progress.total)}`, kind: "good" };
    case "cancelled":
      return { text: `Cancelled. ${progress.reason}`, kind: "bad" };
  }
}
