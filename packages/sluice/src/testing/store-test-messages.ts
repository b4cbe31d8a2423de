import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { MessageRegistry } from "../messages/message-registry.js";
import { NotificationEvent } from "../messages/notification-event.js";

/** The event of the suites for outboxes. */
export class Tested extends NotificationEvent<unknown> {
  constructor(payload: unknown, key?: string, topic = "tested") {
    super({ eventName: "tested", topic, key, payload });
  }
}

/** One that no store knows. */
export class Unregistered extends NotificationEvent<unknown> {
  constructor() {
    super({ eventName: "unregistered", topic: "tested", payload: {} });
  }
}

/** The command of the suites for inboxes. */
export class Todo extends Command {
  constructor(readonly what: string) {
    super();
  }
}

export class Noticed extends DomainEvent {
  constructor(readonly what: string) {
    super();
  }
}

/** Names the messages of the suites for outboxes and inboxes: the stores that they test take it. */
export const storeTestRegistry: MessageRegistry = new MessageRegistry()
  .register("tested", Tested)
  .register("todo", Todo)
  .register("noticed", Noticed);
