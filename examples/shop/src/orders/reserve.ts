import type { HandlerContext } from "sluice";
import { type Requester, ResponderLostError } from "sluice/request-reply";
import { type ReservedLine, ReserveStock } from "../contracts/inventory-requests.js";
import type { PlaceOrder } from "../contracts/place-order.js";

const mostTries = 5;

/**
 * Has the inventory hold an order's lines, and streams them. Where the process that streams dies, another one is asked;
 * what it tells again is left out.
 */
export async function* reserve(
  inventory: Requester,
  { orderId, lines }: PlaceOrder,
  { signal, metadata }: HandlerContext,
): AsyncGenerator<ReservedLine> {
  const told = new Set<string>();
  for (let tries = 1; ; tries++) {
    try {
      for await (const line of inventory.stream(new ReserveStock({ orderId, lines }), { signal, metadata })) {
        if (!told.has(line.sku)) yield line;
        told.add(line.sku);
      }
      return;
    } catch (error) {
      if (!(error instanceof ResponderLostError) || tries === mostTries) throw error;
    }
  }
}
