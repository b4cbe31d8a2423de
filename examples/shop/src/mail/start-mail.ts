import { bootstrap } from "sluice";
import { consume } from "sluice/consumers";
import { topics } from "../contracts/topics.js";
import type { RunningService, ServiceParts } from "../service.js";
import { MailSent, OrderCancelled, OrderPlaced, orderEvents } from "./messages.js";

/** The mail service, where all services run in one process; over Kafka it is mail.py, which does the same. */
export async function startMail({ broker, say }: ServiceParts): Promise<RunningService> {
  const mediator = bootstrap({
    messageBroker: broker,
    domainEventsMapper: (map) =>
      map
        .bind(OrderPlaced, ({ orderId, customer }, { emit }) => {
          say(`mail:      Dear ${customer}, your order ${orderId} is on its way.`);
          emit(new MailSent({ orderId }));
        })
        .bind(OrderCancelled, ({ orderId, customer, reason }, { emit }) => {
          say(`mail:      Dear ${customer}, your order ${orderId} is cancelled. ${reason}`);
          emit(new MailSent({ orderId }));
        }),
  });
  const consumer = await consume({
    broker,
    topics: [topics.orders],
    group: "mail",
    registry: orderEvents(),
    mediator,
  });
  return {
    says: "tells customers",
    async close() {
      await consumer.close();
      await mediator.close();
    },
  };
}
