import { describe, expect, it } from "vitest";
import { EventHandlingError } from "../events/event-errors.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { Flow, finished, Gates, quiet, rejection } from "../mediator/flow.fixture.js";
import { bodies, counting, Happened, kinds, passing } from "./stream-middleware.fixture.js";

describe("a stream that ends, with middleware around it", () => {
  it.each(["throws", "fails later"])("fails the stream with the very error when it %s", async (how) => {
    const error = new Error("not today");
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [
        {
          stream(_request, next) {
            if (how === "throws") throw error;
            return (async function* () {
              for await (const item of next()) {
                yield item;
                throw error;
              }
            })();
          },
        },
      ],
    });
    const log: string[] = [];
    const stream = mediator.stream(counting(3, log));
    if (how === "fails later") expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(await rejection(stream.next())).toBe(error);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(log).toEqual(how === "throws" ? [] : ["yield 1", "finally"]);
  });

  it.each(kinds)(
    "gives one %s the handler's very error, after the items before it (S6)",
    async (_name, it) => {
      const error = new Error("third");
      await using mediator = bootstrap({ ...bodies, middlewares: [it, passing] });
      const seen: number[] = [];
      const reading = (async () => {
        const stream = mediator.stream(
          new Flow<number>(async function* () {
            yield 1;
            yield 2;
            throw error;
          }),
        );
        for await (const n of stream) seen.push(n);
      })();
      expect(await rejection(reading)).toBe(error);
      expect(seen).toEqual([1, 2]);
    },
  );

  it.each(kinds)(
    "tells one %s of event handlers that failed, with the item (E6)",
    async (_name, middleware) => {
      await using mediator = bootstrap({
        ...bodies,
        domainEventsMapper: (map) =>
          map.bind(Happened, () => {
            throw new Error("no");
          }),
        middlewares: [middleware],
      });
      const error = await rejection<EventHandlingError>(mediator.stream(counting(1)).next());
      expect(error).toBeInstanceOf(EventHandlingError);
      expect(error.response).toBe(1);
    },
  );

  it.each(kinds)(
    "ends the handler through one %s when the consumer leaves (S7)",
    async (_name, middleware) => {
      const container = new RecordingContainer();
      const log: string[] = [];
      let signal: AbortSignal | undefined;
      await using mediator = bootstrap({
        container: container,
        ...bodies,
        middlewares: [middleware, middleware],
      });
      const stream = mediator.stream(
        new Flow(async function* (context) {
          signal = context.signal;
          await context.resolve(UnitOfWork);
          try {
            yield 1;
            yield 2;
          } finally {
            log.push(`finally, aborted: ${signal.aborted}, ${container.states}`);
          }
        }),
      );
      for await (const _ of stream) break;
      expect(log).toEqual(["finally, aborted: true, open"]);
      expect(container.states).toEqual(["committed"]);
    },
  );

  it.each(kinds)("lets throw() reach the handler through one %s (S7)", async (_name, middleware) => {
    await using mediator = bootstrap({ ...bodies, middlewares: [middleware] });
    const stream = mediator.stream(
      new Flow(async function* () {
        for (;;) {
          try {
            yield "ready";
          } catch (error) {
            yield `caught ${(error as Error).message}`;
          }
        }
      }),
    );
    await stream.next();
    expect(await stream.throw(new Error("this"))).toEqual({ done: false, value: "caught this" });
    await stream.return(undefined);
  });

  it.each(kinds)(
    "with one %s, an abort rejects at once, drops events that have not started, and return() awaits the rest (S8)",
    async (_name, middleware) => {
      const container = new RecordingContainer();
      const gates = new Gates();
      const caller = new WatchedSignal();
      await using mediator = bootstrap({
        container,
        maxConcurrentEventHandlers: 1,
        ...bodies,
        domainEventsMapper: (map) => map.bind(Happened, ({ n }) => gates.pass(`event ${n}`)),
        middlewares: [middleware],
      });
      const log: string[] = [];
      const stream = mediator.stream(
        new Flow(async function* ({ emit, resolve }) {
          await resolve(UnitOfWork);
          try {
            emit(new Happened(1));
            emit(new Happened(2));
            yield 1;
          } finally {
            log.push("finally");
          }
        }),
        { signal: caller.signal },
      );
      const pending = stream.next();
      await quiet();
      const reason = new Error("The caller left.");
      caller.abort(reason);
      expect(await rejection(pending)).toBe(reason);
      const returned = stream.return(undefined);
      expect(await stateOf(returned)).toBe("pending");
      expect(container.states).toEqual(["open"]);
      await gates.open("event 1");
      await finished(returned);
      expect(gates.arrived).toEqual(["event 1"]);
      expect(log).toEqual(["finally"]);
      expect(container.states).toEqual(["rolled back"]);
      expect(caller.listeners).toBe(0);
    },
  );

  it.each(kinds)(
    "with one %s, a handler that is stuck keeps return() waiting up to the grace time (S8)",
    async (_name, middleware) => {
      const stuck = Promise.withResolvers<void>();
      const caller = new AbortController();
      const log: string[] = [];
      await using mediator = bootstrap({ ...bodies, middlewares: [middleware] });
      const stream = mediator.stream(
        new Flow(async function* ({ emit }) {
          try {
            await stuck.promise;
            emit(new Happened(1));
            yield 1;
          } finally {
            log.push("finally");
          }
        }),
        { signal: caller.signal },
      );
      const pending = stream.next();
      await quiet();
      caller.abort();
      expect((await rejection(pending)).name).toBe("AbortError");
      const returned = stream.return(undefined);
      expect(await stateOf(returned)).toBe("pending");
      stuck.resolve();
      await finished(returned);
      expect(log).toEqual(["finally"]);
    },
  );
});
