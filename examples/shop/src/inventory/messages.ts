import { MessageRegistry, schemaDomainEvent } from "sluice/messages";
import { orderCancelled, orderPlaced } from "../contracts/order-events.js";

// What the orders service tells everybody is an event of this service too.
export class OrderPlaced extends schemaDomainEvent(orderPlaced) {}
export class OrderCancelled extends schemaDomainEvent(orderCancelled) {}

export const orderEvents = () =>
  new MessageRegistry().register("order.placed", OrderPlaced).register("order.cancelled", OrderCancelled);
