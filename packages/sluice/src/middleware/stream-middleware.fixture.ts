import { bindBodies, Flow, RecordingLogger } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Middleware } from "./middleware.js";

export class Happened extends DomainEvent {
  constructor(readonly n: number) {
    super();
  }
}

export const bodies = { commandsMapper: bindBodies, logger: new RecordingLogger() };

/** Counts to `last`, with one event before each item. */
export const counting = (last: number, log?: string[]) =>
  new Flow<number>(async function* ({ emit }) {
    try {
      for (let n = 1; n <= last; n++) {
        emit(new Happened(n));
        log?.push(`yield ${n}`);
        yield n;
      }
    } finally {
      log?.push("finally");
    }
  });

/** Does nothing per item: one as an async generator, one that returns what it was given. */
export const generator: Middleware = {
  async *stream(_request, next) {
    yield* next();
  },
};

export const passing: Middleware = { stream: (_request, next) => next() };

export const kinds: [string, Middleware][] = [
  ["that returns what next gave", passing],
  ["that is an async generator", generator],
];
