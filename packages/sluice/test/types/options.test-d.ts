import { bootstrap, type ContainerScope, fallback, type Mediator } from "sluice";
import { describe, expectTypeOf, it } from "vitest";
import { GetUser, GetUserHandler, ProcessFiles, ProcessFilesHandler } from "./messages.fixture.js";

declare const mediator: Mediator;
declare const scope: ContainerScope;

describe("the options of a dispatch", () => {
  it("may each be left out or undefined", () => {
    const { signal } = new AbortController();
    void mediator.send(new GetUser("1"), {});
    void mediator.send(new GetUser("1"), {
      signal,
      scope,
      metadata: { correlationId: "c", headers: { a: "b" } },
    });
    void mediator.send(new GetUser("1"), { signal: null });
    mediator.stream(new ProcessFiles([]), { readAhead: 3 });
    mediator.stream(new ProcessFiles([]), { readAhead: undefined, signal: undefined, scope: undefined });
  });

  it("refuse an unknown name", () => {
    // @ts-expect-error: it is named readAhead
    mediator.stream(new ProcessFiles([]), { readahead: 3 });
    // @ts-expect-error: an answer cannot be read ahead
    void mediator.send(new GetUser("1"), { readAhead: 3 });
    // @ts-expect-error: it is named correlationId
    void mediator.send(new GetUser("1"), { metadata: { correlationID: "c" } });
  });

  it("refuse a value of another type", () => {
    // @ts-expect-error: a text is no number
    mediator.stream(new ProcessFiles([]), { readAhead: "3" });
    // @ts-expect-error: the controller is not its signal
    mediator.stream(new ProcessFiles([]), { signal: new AbortController() });
    // @ts-expect-error: a header is a text
    void mediator.send(new GetUser("1"), { metadata: { headers: { attempt: 3 } } });
    // @ts-expect-error: a container without close() is no scope
    void mediator.send(new GetUser("1"), { scope: { resolve: scope.resolve } });
  });
});

describe("the options of bootstrap", () => {
  it("give the mappers and hooks their types", () => {
    bootstrap({
      commandsMapper: (map) => map.bind(ProcessFiles, ProcessFilesHandler),
      queriesMapper: (map) => {
        map.bind(GetUser, GetUserHandler);
      },
      onEventError: ({ event, handler, error }) => {
        expectTypeOf(event).toEqualTypeOf<object>();
        expectTypeOf(handler).toEqualTypeOf<string>();
        expectTypeOf(error).toBeUnknown();
        return "report";
      },
      onEventSettled: ({ outcome, duration }) => {
        expectTypeOf(outcome).toEqualTypeOf<"handled" | "failed">();
        expectTypeOf(duration).toEqualTypeOf<number>();
      },
      logger: console,
    });
  });

  it("refuse an unknown name", () => {
    // @ts-expect-error: it is named commandsMapper
    bootstrap({ commandMapper: undefined });
    // @ts-expect-error: it is named middlewares
    bootstrap({ middleware: [] });
  });

  it("refuse a value of another type", () => {
    // @ts-expect-error: a text is no number
    bootstrap({ maxConcurrentEventHandlers: "3" });
    // @ts-expect-error: there is no such mode
    bootstrap({ scope: "request" });
    // @ts-expect-error: there is no such policy
    bootstrap({ onEventError: "ignore" });
    // @ts-expect-error: a policy answers with what to do
    bootstrap({ onEventError: () => true });
    // @ts-expect-error: options are required
    bootstrap();
  });
});

describe("the options of a fallback", () => {
  it("refuse an unknown name, and what is no error class", () => {
    fallback(ProcessFilesHandler, ProcessFilesHandler, { failureExceptions: [TypeError, RangeError] });
    // @ts-expect-error: it is named failureExceptions
    fallback(ProcessFilesHandler, ProcessFilesHandler, { failureException: [TypeError] });
    // @ts-expect-error: a name is no class
    fallback(ProcessFilesHandler, ProcessFilesHandler, { failureExceptions: ["TypeError"] });
    // @ts-expect-error: a breaker can tell its own error
    fallback(ProcessFilesHandler, ProcessFilesHandler, { circuitBreaker: { execute: async () => 1 } });
  });
});
