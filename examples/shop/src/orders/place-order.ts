import type { HandlerContext } from "sluice";
import { NoReplyError, type Requester } from "sluice/request-reply";
import type { OrderProgress, PlaceOrder } from "../contracts/place-order.js";
import { OrderAccepted } from "./messages.js";
import type { Orders } from "./orders.js";
import { reserve } from "./reserve.js";

/** Places an order, and streams how it comes along. Whatever happens, the order ends placed or cancelled. */
export function placeOrder(orders: Orders, inventory: Requester) {
  return async function* (command: PlaceOrder, context: HandlerContext): AsyncGenerator<OrderProgress> {
    const { orderId } = command;
    const { emit, metadata } = context;
    await orders.receive(command);
    try {
      yield { step: "received" };
      let total = 0;
      for await (const { isHeld, name, quantity, price, left } of reserve(inventory, command, context)) {
        yield { step: isHeld ? "reserved" : "refused", name, quantity, left };
        if (!isHeld) {
          yield* cancelled(`Not enough ${name}: ${left} left.`);
          return;
        }
        total += quantity * price;
      }
      await orders.place(orderId, total, metadata);
      emit(new OrderAccepted(orderId));
      yield { step: "placed" }; // its handler has run before this leaves
      yield { step: "invoiced", invoice: orders.one(orderId)?.invoice ?? 0, total };
    } catch (error) {
      if (!(error instanceof NoReplyError)) throw error;
      yield* cancelled("The inventory does not answer.");
    } finally {
      // The customer has left, or something failed.
      await orders.cancel(orderId, "It was not finished.", metadata);
    }

    async function* cancelled(reason: string): AsyncGenerator<OrderProgress> {
      await orders.cancel(orderId, reason, metadata);
      yield { step: "cancelled", reason };
    }
  };
}
