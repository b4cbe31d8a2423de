import { Command, NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";

/** A fact of the business: the row with this id stands in the table `fact` if, and only if, its transaction committed. */
export class Happened extends NotificationEvent<{ readonly seq: number }> {
  constructor(eventId: string, key: string, seq: number, topic = "facts") {
    super({ eventId, eventName: "happened", topic, key, payload: { seq } });
  }
}

/** Something that a consumer has to do once. */
export class TakeEffect extends Command {
  constructor(readonly messageId: string) {
    super();
  }
}

export const registry = new MessageRegistry()
  .register("happened", Happened)
  .register("take-effect", TakeEffect);
