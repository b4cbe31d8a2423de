import { DomainEvent } from "sluice";
import { MessageRegistry, schemaDomainEvent } from "sluice/messages";
import { mailSent } from "../contracts/mail-sent.js";

/** An order has become certain: its invoice is due. */
export class OrderAccepted extends DomainEvent {
  constructor(readonly orderId: string) {
    super();
  }
}

/** What the mail service tells. */
export class MailSent extends schemaDomainEvent(mailSent) {}

export const mailEvents = () => new MessageRegistry().register("mail.sent", MailSent);
