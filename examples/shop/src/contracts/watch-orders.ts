import { Query } from "sluice";
import type { OrderLine } from "./order.js";

/** An order as the page shows it. Money is in cents. */
export interface OrderSight {
  readonly orderId: string;
  readonly customer: string;
  readonly lines: readonly OrderLine[];
  readonly status: "received" | "placed" | "cancelled";
  /** Why it was cancelled. */
  readonly reason: string | null;
  readonly invoice: number | null;
  readonly total: number | null;
  readonly isMailed: boolean;
}

/** From the page to the orders service: the newest orders, again whenever one of them changes. */
export class WatchOrders extends Query<readonly OrderSight[]> {}
