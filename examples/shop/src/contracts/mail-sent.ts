import * as v from "valibot";
import { orderId } from "./order.js";

/** The payload of `mail.sent`: the customer of this order was told what became of it. */
export const mailSent = v.object({ orderId });
