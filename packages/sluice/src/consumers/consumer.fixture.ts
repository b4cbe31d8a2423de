import { beforeEach, vi } from "vitest";
import { MemoryMessageBroker } from "../brokers/memory/memory-message-broker.js";
import type { Message } from "../brokers/message.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { Gates, Gauge, RecordingLogger } from "../mediator/flow.fixture.js";
import type { Mediator } from "../mediator/mediator.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { MessageRegistry } from "../messages/message-registry.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { consume } from "./consume.js";
import type { ConsumeOptions } from "./consume-options.js";

/** A command that waits at the gate of its name. */
export class Todo extends Command<void> {
  constructor(readonly what: string) {
    super();
  }
}

class Count extends Command<number> {
  constructor(readonly to: number) {
    super();
  }
}

class Noticed extends DomainEvent {
  constructor(readonly what: string) {
    super();
  }
}

class Unbound extends DomainEvent {}
class Outgoing extends NotificationEvent {}

export const registry = new MessageRegistry()
  .register("todo", Todo)
  .register("count", Count)
  .register("noticed", Noticed)
  .register("unbound", Unbound)
  .register("outgoing", Outgoing);

/** A broker, a mediator whose handlers wait at gates, and what they were told. */
export class Bed {
  readonly gates = new Gates();
  readonly gauge = new Gauge();
  readonly logger = new RecordingLogger();
  readonly broker = new MemoryMessageBroker({ logger: this.logger });
  readonly contexts: HandlerContext[] = [];
  readonly mediator: Mediator = bootstrap({
    commandsMapper: (map) =>
      map
        .bind(Todo, ({ what }, context) => this.#atGate(what, context))
        .bind(Count, async function* ({ to }) {
          for (let n = 1; n <= to; n++) yield n;
        }),
    domainEventsMapper: (map) => map.bind(Noticed, ({ what }, context) => this.#atGate(what, context)),
    messageBroker: this.broker,
    logger: this.logger,
  });

  #atGate(what: string, context: HandlerContext): Promise<void> {
    this.contexts.push(context);
    return this.gauge.during(() => this.gates.pass(what));
  }

  consume<Tx = never>(options: Partial<ConsumeOptions<Tx>> = {}) {
    const { broker, mediator, logger } = this;
    return consume<Tx>({ broker, mediator, logger, registry, topics: ["todos"], group: "doers", ...options });
  }

  /** Publishes things to do: the key of each is its first letter. */
  todos(...names: readonly string[]): Promise<void> {
    return this.publish(...names.map((what) => ({ id: `id of ${what}`, key: what[0], payload: { what } })));
  }

  publish(...messages: readonly Partial<Message>[]): Promise<void> {
    const whole = messages.map((message) => ({
      id: "m-1",
      name: "todo",
      topic: "todos",
      timestamp: new Date(0),
      headers: {},
      payload: {},
      ...message,
    }));
    return this.broker.publish(whole);
  }

  /** What was given up, and why. */
  async deadLetters(name = "doers.dead-letters") {
    const queue = await this.broker.deadLetterQueue(name);
    return queue.list();
  }
}

/** A new bed for each test, and only the time that the test lets pass. */
export function useBed(): { readonly bed: Bed } {
  const holder = { bed: undefined as unknown as Bed };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    holder.bed = new Bed();
    return async () => {
      await holder.bed.gates.openAll();
      vi.useRealTimers();
    };
  });
  return holder;
}
