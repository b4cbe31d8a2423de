import { Command, DomainEvent, EventHandler, type EventMap, StreamingRequestHandler } from "sluice";
import type { Item } from "./count.js";

/** What a stream with four events for each item is made of, one handler each. */

export class CountWithEvents extends Command<Item> {
  constructor(readonly items: number) {
    super();
  }
}

class Event extends DomainEvent {
  constructor(readonly n: number) {
    super();
  }
}
export class Indexed extends Event {}
export class Compared extends Event {}
export class Counted extends Event {}
export class Audited extends Event {}

/** What the handlers have seen, so that no side can leave one out. */
const seen = { index: 0, compare: 0, count: 0, audit: 0 };

export function takeSeen(): number {
  const sum = seen.index + seen.compare + seen.count + seen.audit;
  seen.index = seen.compare = seen.count = seen.audit = 0;
  return sum;
}

export class Index extends EventHandler<Indexed> {
  async handle(event: Indexed) {
    seen.index += event.n;
  }
}
export class Compare extends EventHandler<Compared> {
  async handle(event: Compared) {
    seen.compare += event.n;
  }
}
export class Tally extends EventHandler<Counted> {
  async handle(event: Counted) {
    seen.count += event.n;
  }
}
export class Audit extends EventHandler<Audited> {
  async handle(event: Audited) {
    seen.audit += event.n;
  }
}

export class CountWithEventsHandler extends StreamingRequestHandler<CountWithEvents> {
  async *handle(command: CountWithEvents) {
    for (let n = 0; n < command.items; n++) {
      this.emit(new Indexed(n));
      this.emit(new Compared(n));
      this.emit(new Counted(n));
      this.emit(new Audited(n));
      yield { n };
    }
  }
}

export const bindFourEvents = (map: EventMap) =>
  map.bind(Indexed, Index).bind(Compared, Compare).bind(Counted, Tally).bind(Audited, Audit);
