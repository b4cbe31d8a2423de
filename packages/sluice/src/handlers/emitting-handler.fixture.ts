import {
  type AbstractClass,
  type BootstrapOptions,
  bootstrap,
  Command,
  DomainEvent,
  type RequestHandlerFor,
} from "../index.js";
import { RecordingContainer } from "./recording.fixture.js";

export class Count extends Command<string> {
  constructor(readonly name = "x") {
    super();
  }
}

export class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

/** A mediator with one handler, and the names of the events that were handled. */
export function application(handler: RequestHandlerFor<Count>, options: Partial<BootstrapOptions> = {}) {
  const handled: string[] = [];
  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(Count, handler),
    domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    ...options,
  });
  return { handled, mediator };
}

/** A container that hands out one instance of each class for ever, at once or after a while. */
export function singletons(isAsync = false): RecordingContainer {
  const instances = new Map<unknown, unknown>();
  return new RecordingContainer({
    make: <T>(token: AbstractClass<T>) => {
      if (!instances.has(token)) instances.set(token, new (token as unknown as new () => T)());
      const instance = instances.get(token) as T;
      return isAsync ? (Promise.resolve(instance) as Promise<T>) : instance;
    },
  });
}
