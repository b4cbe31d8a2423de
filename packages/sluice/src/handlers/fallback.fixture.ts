import { type BootstrapOptions, bootstrap, Command, DomainEvent, type RequestHandlerFor } from "../index.js";
import { RecordingContainer } from "./recording.fixture.js";

export class GetPrice extends Command<number> {}

export class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

export class NotFoundError extends Error {}

export const price = 42;

export const fails = (error: unknown) => (): Promise<never> => Promise.reject(error);

export const answers = () => price;

/** A mediator with one handler, what its events and scopes did, and a way to ask it. */
export function asking(handler: RequestHandlerFor<GetPrice>, options: Partial<BootstrapOptions> = {}) {
  const log: string[] = [];
  const handled: string[] = [];
  const container = new RecordingContainer({ log });
  const mediator = bootstrap({
    container,
    commandsMapper: (map) => map.bind(GetPrice, handler),
    domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    ...options,
  });
  return { mediator, container, log, handled, ask: () => mediator.send(new GetPrice()) };
}
