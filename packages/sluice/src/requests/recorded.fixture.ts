import type { DispatchOptions, ItemStream, StreamOptions } from "../handlers/context-mediator.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { RecordingContainer, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap, bootstrapStreaming } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import { bindBodies, Do, Flow, Gates, RecordingLogger } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";

export class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

export class FollowedUp extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

export const done = { done: true, value: undefined };
export const item = <T>(value: T) => ({ done: false, value });

/** A stream of a handler's body, and what its events do. */
export function streamOf<T>(
  body: (context: HandlerContext) => AsyncIterable<T>,
  onNoted: (event: Noted, context: HandlerContext) => unknown = () => {},
  onFollowedUp: (event: FollowedUp) => unknown = () => {},
): ItemStream<T> {
  const mediator = bootstrapStreaming({
    commandsMapper: bindBodies,
    domainEventsMapper: (map) => map.bind(Noted, onNoted).bind(FollowedUp, onFollowedUp),
  });
  return mediator.stream(new Flow(body));
}

/**
 * A mediator whose handlers, events and scopes write down what happens; each event handler waits at a gate that has
 * the name of its event.
 */
export function recorded(options: Partial<BootstrapOptions> = {}) {
  const log: string[] = [];
  const gates = new Gates();
  const logger = new RecordingLogger();
  const container = new RecordingContainer({ log });
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map.bind(Noted, async ({ name }) => {
        log.push(`event ${name}`);
        await gates.pass(name);
        log.push(`event ${name} done`);
      }),
    ...options,
  });
  return {
    log,
    gates,
    logger,
    container,
    mediator,
    send: <R>(body: (context: HandlerContext) => R | Promise<R>, sendOptions?: DispatchOptions) =>
      mediator.send(new Do<R>(body), sendOptions),
    stream: <T>(body: (context: HandlerContext) => AsyncIterable<T>, streamOptions?: StreamOptions) =>
      mediator.stream(new Flow<T>(body), streamOptions),
  };
}

export const reason = new Error("The caller left.");

/** The same, with an outside signal that its streams follow. */
export function abortable(options: Partial<BootstrapOptions> = {}) {
  const parts = recorded(options);
  const outside = new WatchedSignal();
  const { signal } = outside;
  return {
    ...parts,
    outside,
    stream: <T>(body: (context: HandlerContext) => AsyncIterable<T>, readAhead = 0) =>
      parts.stream(body, { signal, readAhead }),
    /** Whether the mediator has let go of everything that is over. */
    isIdle: async () => {
      await parts.mediator.close();
      if (outside.listeners > 0) throw new Error(`The signal has ${outside.listeners} listeners left.`);
    },
  };
}

/** Opens the handler's scope, and writes down when its signal aborts. */
export async function begin({ resolve, signal }: HandlerContext, log: string[]): Promise<void> {
  await resolve(UnitOfWork);
  signal.addEventListener("abort", () => log.push("abort"));
}

/** Waits as a handler does that honours its signal. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
