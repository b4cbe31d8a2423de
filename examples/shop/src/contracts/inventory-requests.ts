import { Query } from "sluice";
import { MessageRegistry, schemaCommand } from "sluice/messages";
import * as v from "valibot";
import { lines, orderId } from "./order.js";

/** A line that is held, or, where there are not enough, is not. */
export interface ReservedLine {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** For one, in cents. */
  readonly price: number;
  readonly isHeld: boolean;
  /** How many nobody has reserved. */
  readonly left: number;
}

/**
 * To the inventory, over the broker: holds stock for an order line by line, up to the first that it has not enough of.
 * Asked again, it holds nothing twice. What is held is taken on `order.placed`, and free again on `order.cancelled`.
 */
export class ReserveStock extends schemaCommand(v.object({ orderId, lines }))<ReservedLine> {}

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly left: number;
}

/** To the inventory, over the broker; the page asks the orders service, which asks on. */
export class ListProducts extends Query<readonly Product[]> {}

/** The names of these requests on the wire. */
export const inventoryRequests = () =>
  new MessageRegistry()
    .register("inventory.reserve-stock", ReserveStock)
    .register("inventory.list-products", ListProducts);
