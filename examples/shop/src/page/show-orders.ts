import { html, nothing, render } from "lit-html";
import type { OrderSight } from "../contracts/watch-orders.js";
import { element } from "./element.js";
import { money } from "./money.js";

/** All orders, the newest first, as they are at this moment. */
export function showOrders(orders: readonly OrderSight[]): void {
  const none = html`<li class="nothing">None yet.</li>`;
  render(orders.length > 0 ? orders.map(orderRow) : none, element("orders"));
}

const tag = (kind: string, text: string) => html`<span class="tag ${kind}">${text}</span>`;

const orderRow = ({ customer, lines, status, reason, invoice, total, isMailed }: OrderSight) => html`<li>
  <span>${customer}<small>${lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ")}</small></span>
  <span class="sum">${total === null ? nothing : money(total)}</span>
  <span class="tags">
    ${tag(status, reason === null ? status : `${status}: ${reason}`)}
    ${invoice === null ? nothing : tag("", `invoice ${invoice}`)} ${isMailed ? tag("mailed", "mailed") : nothing}
  </span>
</li>`;
