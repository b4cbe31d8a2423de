import * as v from "valibot";
import { customer, lines, orderId } from "./order.js";

// The orders service publishes them as notification events; the others take them as events of their own.

/** The payload of `order.placed`. `total` is in cents. */
export const orderPlaced = v.object({ orderId, customer, lines, total: v.number() });

/** The payload of `order.cancelled`. */
export const orderCancelled = v.object({ orderId, customer, reason: v.string() });
