import { randomUUID } from "node:crypto";
import { type Client, createClient } from "sluice/client";
import type { Product } from "./contracts/inventory-requests.js";
import { ListProducts } from "./contracts/inventory-requests.js";
import type { OrderLine } from "./contracts/order.js";
import { type OrderProgress, PlaceOrder } from "./contracts/place-order.js";
import { type OrderSight, WatchOrders } from "./contracts/watch-orders.js";
import { startInOneProcess } from "./one-process.js";

/** A customer of a shop, over HTTP. */
export class Customer {
  readonly client: Client;

  constructor(readonly url: string) {
    this.client = createClient(new URL("/api/", url).href);
  }

  /** Places an order, and gives the steps of its stream. */
  async place(
    lines: readonly OrderLine[],
    orderId: string = randomUUID(),
    onStep = (_: OrderProgress) => {},
  ) {
    const order = new PlaceOrder({ orderId, customer: "Ada", lines: [...lines] });
    const steps: OrderProgress[] = [];
    for await (const step of this.client.stream(order)) {
      steps.push(step);
      onStep(step);
    }
    return { orderId, steps };
  }

  /** Resolves as soon as all orders are so. */
  async until(isSo: (orders: readonly OrderSight[]) => boolean): Promise<readonly OrderSight[]> {
    for await (const orders of this.client.stream(new WatchOrders())) if (isSo(orders)) return orders;
    throw new Error("The stream of orders has ended.");
  }

  async left(sku: string): Promise<number | undefined> {
    const products: readonly Product[] = await this.client.send(new ListProducts());
    return products.find((product) => product.sku === sku)?.left;
  }
}

/** The shop in this process. */
export async function openShop({ pickMs = 0 } = {}) {
  const lines: string[] = [];
  const shop = await startInOneProcess({ port: 0, pickMs, say: (line) => lines.push(line) });
  const url = /http:\S+/.exec(shop.says)?.[0] ?? "";
  return { url, lines, customer: new Customer(url), [Symbol.asyncDispose]: () => shop.close() };
}
