import { createClient } from "sluice/client";
import { ListProducts } from "../contracts/inventory-requests.js";
import { PlaceOrder } from "../contracts/place-order.js";
import { WatchOrders } from "../contracts/watch-orders.js";
import { element } from "./element.js";
import { ProductsView } from "./products-view.js";
import { ProgressView } from "./progress-view.js";
import { reasonOf } from "./reason-of.js";
import { showOrders } from "./show-orders.js";

const client = createClient("/api/");
const products = new ProductsView();
const progress = new ProgressView();
const customer = element<HTMLInputElement>("customer");
const place = element<HTMLButtonElement>("place");
const problem = element("order-error");
let isOrdering = false;
/** Whether the products are known. */
let isOpen = false;

element("order").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!place.disabled) void order();
});

async function order(): Promise<void> {
  problem.textContent = "";
  isOrdering = true;
  enable();
  try {
    const orderId = crypto.randomUUID();
    const command = new PlaceOrder({ orderId, customer: customer.value, lines: products.lines });
    progress.clear();
    for await (const step of client.stream(command)) progress.add(step);
  } catch (error) {
    problem.textContent = reasonOf(error);
  }
  isOrdering = false;
  enable();
}

/** Shows all orders, for as long as the page is open. */
async function watch(): Promise<void> {
  for (;;) {
    try {
      for await (const orders of client.stream(new WatchOrders())) {
        tell("live", "Live: whatever becomes of an order is shown at once.");
        showOrders(orders);
        void showProducts();
      }
    } catch (error) {
      tell("lost", reasonOf(error));
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function showProducts(): Promise<void> {
  try {
    products.show(await client.send(new ListProducts()));
    isOpen = true;
    enable();
  } catch (error) {
    problem.textContent = reasonOf(error);
  }
}

/** A button that is disabled while it has the focus would lose it. */
function enable(): void {
  const isFree = isOpen && !isOrdering;
  if (!isFree && document.activeElement === place) place.dataset.hadFocus = "";
  place.disabled = !isFree;
  if (isFree && place.dataset.hadFocus !== undefined) place.focus();
  if (isFree) delete place.dataset.hadFocus;
}

function tell(state: "live" | "lost", text: string): void {
  const shown = element("state");
  if (shown.dataset.state === state) return;
  shown.dataset.state = state;
  shown.textContent = text;
}

await watch();
