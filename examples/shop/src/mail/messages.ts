import { MessageRegistry, schemaDomainEvent, schemaNotificationEvent } from "sluice/messages";
import { mailSent } from "../contracts/mail-sent.js";
import { orderCancelled, orderPlaced } from "../contracts/order-events.js";
import { topics } from "../contracts/topics.js";

export class OrderPlaced extends schemaDomainEvent(orderPlaced) {}
export class OrderCancelled extends schemaDomainEvent(orderCancelled) {}

export class MailSent extends schemaNotificationEvent({
  eventName: "mail.sent",
  topic: topics.mails,
  payload: mailSent,
  key: ({ orderId }) => orderId,
}) {}

export const orderEvents = () =>
  new MessageRegistry().register("order.placed", OrderPlaced).register("order.cancelled", OrderCancelled);
