import { NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";

/** A fact of the business: the row with this id stands in the table `fact` if, and only if, its transaction committed. */
export class Happened extends NotificationEvent<{ readonly key: string; readonly seq: number }> {
  constructor(eventId: string, key: string, seq: number, topic = "facts") {
    super({ eventId, eventName: "happened", topic, key, payload: { key, seq } });
  }
}

export const registry = new MessageRegistry().register("happened", Happened);
