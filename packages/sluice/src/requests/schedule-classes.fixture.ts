import { EventHandler } from "../events/event-handler.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Event } from "../messages/event.js";
import { NotificationEvent } from "../messages/notification-event.js";
import type { Middleware } from "../middleware/middleware.js";
import { RequestHandler } from "./request-handler.js";
import type { Schedule } from "./schedule-handlers.fixture.js";
import type { DispatchRecord, Emission, ScopeRecord } from "./schedule-record.fixture.js";
import { StreamingRequestHandler } from "./streaming-request-handler.js";

/** What a handler throws by plan. */
export class PlannedError extends Error {}
/** What a consumer throws into a stream. */
export class ConsumerError extends Error {}

abstract class Scheduled<R> extends Command<R> {
  constructor(
    readonly schedule: Schedule,
    readonly record: DispatchRecord,
  ) {
    super();
  }
}

export class StreamFunction extends Scheduled<number> {}
export class StreamClass extends Scheduled<number> {}
export class StreamCollecting extends Scheduled<number> {}
export class SendFunction extends Scheduled<string> {}
export class SendClass extends Scheduled<string> {}
export class SendCollecting extends Scheduled<string> {}

/** An event without handler. */
export class Unheard extends DomainEvent {
  constructor(
    readonly schedule: Schedule,
    readonly emission: Emission,
  ) {
    super();
  }
}
export class Heard1 extends DomainEvent {
  constructor(
    readonly schedule: Schedule,
    readonly emission: Emission,
  ) {
    super();
  }
}
export class Heard2 extends Heard1 {}
export class Heard3 extends Heard2 {}
/** A notification event; the broker keeps the order of its key where the plan keeps any. */
export class Told extends NotificationEvent<{ readonly emission: Emission }> {
  constructor({ log }: Schedule, emission: Emission) {
    const key = log.plan.ordered.includes(true) ? `${emission.plan.key}` : undefined;
    super({ eventName: "told", topic: "schedule", key, payload: { emission } });
  }
}

/** Resolved by functions, which have no instance of their own. */
export class Tool {
  scope: ScopeRecord | undefined = undefined;
}

export type Emit = (event: Event) => void;

export class StreamHandler extends StreamingRequestHandler<StreamClass> {
  scope: ScopeRecord | undefined = undefined;
  handle({ schedule, record }: StreamClass, context: HandlerContext): AsyncIterable<number> {
    const emit: Emit = schedule.isShared ? context.emit : (event) => this.emit(event);
    return schedule.stream(record, context, emit, this.scope);
  }
}

export class SendHandler extends RequestHandler<SendClass> {
  scope: ScopeRecord | undefined = undefined;
  handle({ schedule, record }: SendClass, context: HandlerContext): Promise<string> {
    const emit: Emit = schedule.isShared ? context.emit : (event) => this.emit(event);
    return schedule.answer(record, context, emit, this.scope);
  }
}

class Collecting {
  scope: ScopeRecord | undefined = undefined;
  events: Event[] = [];
  clearEvents(): void {
    this.events = [];
  }
  emitter(schedule: Schedule, context: HandlerContext): Emit {
    return schedule.isShared ? context.emit : (event) => this.events.push(event);
  }
}

export class CollectingStreamHandler extends Collecting {
  handle({ schedule, record }: StreamCollecting, context: HandlerContext): AsyncIterable<number> {
    return schedule.stream(record, context, this.emitter(schedule, context), this.scope);
  }
}

export class CollectingSendHandler extends Collecting {
  handle({ schedule, record }: SendCollecting, context: HandlerContext): Promise<string> {
    return schedule.answer(record, context, this.emitter(schedule, context), this.scope);
  }
}

abstract class ClassEventHandler extends EventHandler<Heard1> {
  scope: ScopeRecord | undefined = undefined;
  abstract readonly index: number;
  handle({ schedule, emission }: Heard1, context: HandlerContext): unknown {
    const emit: Emit = schedule.isShared ? context.emit : (event) => this.emit(event);
    return schedule.handle(emission, this.index, context, emit, this.scope);
  }
}
export class SecondHandler extends ClassEventHandler {
  readonly index = 1;
}
export class ThirdHandler extends ClassEventHandler {
  readonly index = 2;
}

export const middlewares: Record<"none" | "same" | "generator", Middleware[]> = {
  none: [],
  same: [{ request: (_, next) => next(), stream: (_, next) => next(), event: (_, next) => next() }],
  generator: [
    {
      request: async (_, next) => await next(),
      stream: async function* (_, next) {
        yield* next();
      },
      event: async (_, next) => await next(),
    },
  ],
};
