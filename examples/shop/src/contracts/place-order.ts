import { schemaCommand } from "sluice/messages";
import * as v from "valibot";
import { customer, lines, orderId } from "./order.js";

/** How an order is coming along. Money is in cents. */
export type OrderProgress =
  /** Its row is stored. */
  | { readonly step: "received" }
  /** A line is held for it; so many are left for others. */
  | {
      readonly step: "reserved";
      readonly name: string;
      readonly quantity: number;
      readonly left: number;
    }
  /** There are not enough of it. */
  | {
      readonly step: "refused";
      readonly name: string;
      readonly quantity: number;
      readonly left: number;
    }
  /** It is certain: `order.placed` has committed with its row. */
  | { readonly step: "placed" }
  | { readonly step: "invoiced"; readonly invoice: number; readonly total: number }
  /** `order.cancelled` has committed with its row; what was held for it will be free again. */
  | { readonly step: "cancelled"; readonly reason: string };

/** From the page to the orders service, over HTTP: places an order, and streams how it comes along. */
export class PlaceOrder extends schemaCommand(v.object({ orderId, customer, lines }))<OrderProgress> {}
