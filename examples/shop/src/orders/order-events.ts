import { MessageRegistry, schemaNotificationEvent } from "sluice/messages";
import { orderCancelled, orderPlaced } from "../contracts/order-events.js";
import { topics } from "../contracts/topics.js";

// The key keeps the events of an order in their order.
const key = ({ orderId }: { readonly orderId: string }) => orderId;

export class OrderPlaced extends schemaNotificationEvent({
  eventName: "order.placed",
  topic: topics.orders,
  payload: orderPlaced,
  key,
}) {}

export class OrderCancelled extends schemaNotificationEvent({
  eventName: "order.cancelled",
  topic: topics.orders,
  payload: orderCancelled,
  key,
}) {}

export const outgoingEvents = () =>
  new MessageRegistry().register("order.placed", OrderPlaced).register("order.cancelled", OrderCancelled);
