import { html, render } from "lit-html";
import type { Product } from "../contracts/inventory-requests.js";
import type { OrderLine } from "../contracts/order.js";
import { element } from "./element.js";
import { money } from "./money.js";

/** What may be ordered, and how many are left. */
export class ProductsView {
  readonly #list = element("products");

  show(products: readonly Product[]): void {
    render(products.map(productRow), this.#list);
  }

  /** What was chosen, and how many of it. */
  get lines(): OrderLine[] {
    return [...this.#list.querySelectorAll("input")]
      .map(({ id, valueAsNumber }) => ({ sku: id, quantity: valueAsNumber }))
      .filter(({ quantity }) => quantity !== 0 && !Number.isNaN(quantity));
  }
}

const productRow = ({ sku, name, price, left }: Product) => html`<li>
  <label for=${sku}>${name}<small>${left} left</small></label>
  <span class="price">${money(price)}</span>
  <input id=${sku} type="number" inputmode="numeric" min="0" max="99" step="1" .defaultValue=${sku === "saffron" ? "0" : "1"} />
</li>`;
