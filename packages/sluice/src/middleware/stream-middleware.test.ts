import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { EventHandlingError } from "../events/event-errors.js";
import { fallback } from "../handlers/fallback.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  finished,
  Gates,
  quiet,
  RecordingLogger,
  rejection,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Middleware } from "./middleware.js";

class Happened extends DomainEvent {
  constructor(readonly n: number) {
    super();
  }
}

const bodies = { commandsMapper: bindBodies, logger: new RecordingLogger() };

/** Counts to `last`, with one event before each item. */
const counting = (last: number, log?: string[]) =>
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
const generator: Middleware = {
  async *stream(_request, next) {
    yield* next();
  },
};
const passing: Middleware = { stream: (_request, next) => next() };

const kinds: [string, Middleware][] = [
  ["that returns what next gave", passing],
  ["that is an async generator", generator],
];

describe("middleware around a stream", () => {
  it("runs the first of the list outermost, from the first next() to the end", async () => {
    const log: string[] = [];
    const tracing = (name: string): Middleware => ({
      async *stream(_request, next) {
        log.push(`${name} in`);
        for await (const item of next()) {
          log.push(`${name} has ${item}`);
          yield item;
        }
        log.push(`${name} out`);
      },
    });
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [tracing("first"), tracing("second")],
    });
    const stream = mediator.stream(counting(1, log));
    await quiet();
    expect(log).toEqual([]);
    expect(await collect(stream)).toEqual([1]);
    expect(log).toEqual([
      "first in",
      "second in",
      "yield 1",
      "second has 1",
      "first has 1",
      "finally",
      "second out",
      "first out",
    ]);
  });

  it.each(kinds)("around which one %s leaves S3 to S5 as they are", async (_name, middleware) => {
    for (const readAhead of [0, 2]) {
      const log: string[] = [];
      await using mediator = bootstrap({
        ...bodies,
        domainEventsMapper: (map) =>
          map.bind(Happened, async ({ n }) => {
            await quiet();
            log.push(`event ${n}`);
          }),
        middlewares: [middleware],
      });
      for await (const n of mediator.stream(counting(3), { readAhead })) log.push(`item ${n}`);
      expect(log.filter((line) => line.startsWith("item"))).toEqual(["item 1", "item 2", "item 3"]);
      for (const n of [1, 2, 3]) expect(log.indexOf(`event ${n}`)).toBeLessThan(log.indexOf(`item ${n}`));
    }
  });

  it("lets the handler run ahead of the middleware as far as it would of the consumer (S5)", async () => {
    for (const [readAhead, ahead] of [
      [0, 1],
      [2, 3],
    ]) {
      const log: string[] = [];
      await using mediator = bootstrap({ ...bodies, middlewares: [generator] });
      const stream = mediator.stream(counting(9, log), { readAhead });
      await stream.next();
      await quiet();
      expect(log).toHaveLength(ahead as number);
      await stream.return(undefined);
    }
  });

  it("maps and filters items, whose events are handled all the same (S3)", async () => {
    const handled: number[] = [];
    await using mediator = bootstrap({
      ...bodies,
      domainEventsMapper: (map) => map.bind(Happened, ({ n }) => handled.push(n)),
      middlewares: [
        {
          async *stream(_request, next) {
            for await (const n of next()) if (n !== 2) yield `<${n}>`;
          },
        },
      ],
    });
    const seen: unknown[] = [];
    for await (const item of mediator.stream(counting(3))) seen.push([item, ...handled]);
    expect(seen).toEqual([
      ["<1>", 1],
      ["<3>", 1, 2, 3],
    ]);
  });

  it("answers in the handler's place when it does not call next", async () => {
    const body = vi.fn();
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [
        {
          async *stream() {
            yield "cached";
          },
        },
      ],
    });
    expect(await collect(mediator.stream(new Flow(body)))).toEqual(["cached"]);
    expect(body).not.toHaveBeenCalled();
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "undefined"],
    ["a promise", Promise.resolve([]), "an instance of Promise"],
    ["an array", [1], "an array of 1"],
    ["null", null, "null"],
  ])("refuses a middleware that answers with %s, and names it (S12)", async (_what, answer, described) => {
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [generator, { stream: () => answer as never }],
    });
    const error = await rejection<InvalidOptionError>(mediator.stream(counting(1)).next());
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toBe(
      `The answer of middlewares[1].stream() is ${described}; expected an async iterable. ` +
        "Return what next() gives, or write async *stream() with yield.",
    );
  });

  it("hands another message on, and refuses one of another class", async () => {
    let other: unknown = counting(2);
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [{ stream: (_request, next) => next(other as never) }],
    });
    expect(await collect(mediator.stream(counting(1)))).toEqual([1, 2]);
    other = new Do(() => {});
    const error = await rejection(mediator.stream(counting(1)).next());
    expect(error).toBeInstanceOf(InvalidOptionError);
  });

  it("lays metadata over what was there, for the handler and its events", async () => {
    const seen: unknown[] = [];
    await using mediator = bootstrap({
      ...bodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, (_event, { metadata: { headers, correlationId } }) => {
          seen.push({ ...headers, correlationId });
        }),
      middlewares: [
        {
          stream: (request, next) =>
            next(request, { metadata: { headers: { tenant: "acme" }, correlationId: "c-2" } }),
        },
      ],
    });
    const metadata = { correlationId: "c-1", headers: { locale: "de" } };
    await collect(mediator.stream(counting(1), { metadata }));
    expect(seen).toEqual([{ locale: "de", tenant: "acme", correlationId: "c-2" }]);
  });

  it("opens the stream again when it calls next again, in a scope of its own each time (U1)", async () => {
    const container = new RecordingContainer();
    await using mediator = bootstrap({
      container,
      ...bodies,
      middlewares: [
        {
          async *stream(_request, next) {
            yield* next();
            yield* next();
          },
        },
      ],
    });
    const stream = mediator.stream(
      new Flow(async function* ({ resolve }) {
        yield (await resolve(UnitOfWork)) === container.units.at(-1);
      }),
    );
    expect(await collect(stream)).toEqual([true, true]);
    expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
  });

  it('makes each stream that next gives a unit of work of its own under scope: "dispatch" (U2)', async () => {
    const container = new RecordingContainer();
    const seen: UnitOfWork[] = [];
    await using mediator = bootstrap({
      container,
      scope: "dispatch",
      ...bodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, { resolve }) => seen.push(await resolve(UnitOfWork))),
      middlewares: [
        {
          async *stream(_request, next) {
            yield* next();
            yield* next();
          },
        },
      ],
    });
    expect(await collect(mediator.stream(counting(1)))).toEqual([1, 1]);
    expect(seen).toEqual(container.units);
    expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
  });

  it("stands around a fallback as a whole, items and resume included (R6)", async () => {
    const counted: number[] = [];
    class Both extends Flow<number> {}
    await using mediator = bootstrap({
      commandsMapper: (map) =>
        map.bind(
          Both,
          fallback(
            async function* () {
              yield 1;
              throw new Error("down");
            },
            async function* (_request, { resume }) {
              yield (resume?.delivered ?? 0) + 1;
            },
          ),
        ),
      middlewares: [
        {
          async *stream(_request, next) {
            let items = 0;
            for await (const item of next()) {
              items++;
              yield item;
            }
            counted.push(items);
          },
        },
      ],
    });
    expect(await collect(mediator.stream(new Both(async function* () {})))).toEqual([1, 2]);
    expect(counted).toEqual([2]);
  });

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

  it("ends the handler by a signal that the middleware gives, as by the caller's (S8)", async () => {
    const container = new RecordingContainer();
    const given = new WatchedSignal();
    const stuck = Promise.withResolvers<void>();
    await using mediator = bootstrap({
      container,
      ...bodies,
      middlewares: [
        { stream: (request, next) => next(request, { signal: given.signal }) },
        { stream: (request, next) => next(request, { metadata: {} }) },
      ],
    });
    const stream = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        await stuck.promise;
        yield 2;
      }),
    );
    await stream.next();
    const pending = stream.next();
    await quiet();
    const reason = new Error("enough");
    given.abort(reason);
    expect(await rejection(finished(pending))).toBe(reason);
    stuck.resolve();
    await quiet();
    expect(container.states).toEqual(["rolled back"]);
    expect(given.listeners).toBe(0);
  });

  it("opens nothing when the signal that the middleware gives has aborted already", async () => {
    const body = vi.fn();
    const reason = new Error("enough");
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [{ stream: (request, next) => next(request, { signal: AbortSignal.abort(reason) }) }],
    });
    expect(await rejection(mediator.stream(new Flow(body)).next())).toBe(reason);
    expect(body).not.toHaveBeenCalled();
  });

  it("ends what a middleware opened and left open, before the stream's own return() settles (S7)", async () => {
    const log: string[] = [];
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [
        {
          stream(_request, next) {
            const source = next()[Symbol.asyncIterator]();
            return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) };
          },
        },
      ],
    });
    for await (const _ of mediator.stream(counting(3, log))) break;
    expect(log).toEqual(["yield 1", "finally"]);
  });

  it("keeps close() waiting for a handler that a failed stream no longer waits for", async () => {
    const running = Promise.withResolvers<void>();
    const mediator = bootstrap({
      ...bodies,
      logger: new RecordingLogger(),
      middlewares: [
        {
          stream(_request, next) {
            const source = next()[Symbol.asyncIterator]();
            const fails = async () => {
              source.next().catch(() => {});
              throw new Error("gone on");
            };
            return {
              [Symbol.asyncIterator]: () => ({ next: fails, return: () => source.return?.() as never }),
            };
          },
        },
      ],
    });
    const stream = mediator.stream(
      new Flow(async function* () {
        await running.promise;
        yield 1;
      }),
    );
    expect((await rejection(stream.next())).message).toBe("gone on");
    const closed = mediator.close();
    expect(await stateOf(closed)).toBe("pending");
    running.resolve();
    await finished(stream.return(undefined));
    await finished(closed);
  });

  it("never makes anything of a stream that is never started (S9)", async () => {
    const stream = vi.fn((_request: unknown, next: () => AsyncIterable<unknown>) => next());
    await using mediator = bootstrap({ ...bodies, middlewares: [{ stream }] });
    await mediator.stream(counting(1)).return(undefined);
    expect(stream).not.toHaveBeenCalled();
  });

  it.each(kinds)(
    'keeps all of it with one %s, read ahead, under scope: "dispatch", around a fallback (S3, S5, R6, U2)',
    async (_name, middleware) => {
      const container = new RecordingContainer();
      const log: string[] = [];
      const seen: UnitOfWork[] = [];
      class Both extends Flow<number> {}
      await using mediator = bootstrap({
        container,
        scope: "dispatch",
        commandsMapper: (map) =>
          map.bind(
            Both,
            fallback(
              async function* (_request, { emit, resolve }) {
                seen.push(await resolve(UnitOfWork));
                for (const n of [1, 2]) {
                  emit(new Happened(n));
                  yield n;
                }
                throw new Error("down");
              },
              async function* (_request, { emit, resolve, resume }) {
                seen.push(await resolve(UnitOfWork));
                emit(new Happened((resume?.delivered ?? 0) + 1));
                yield (resume?.delivered ?? 0) + 1;
              },
            ),
          ),
        domainEventsMapper: (map) =>
          map.bind(Happened, async ({ n }, { resolve }) => {
            seen.push(await resolve(UnitOfWork));
            log.push(`event ${n}`);
          }),
        middlewares: [
          middleware,
          {
            async *stream(_request, next) {
              yield* next();
              yield* next();
            },
          },
          middleware,
        ],
      });
      for await (const n of mediator.stream(new Both(async function* () {}), { readAhead: 2 }))
        log.push(`item ${n}`);
      expect(log.filter((line) => line.startsWith("item"))).toEqual(
        [1, 2, 3, 1, 2, 3].map((n) => `item ${n}`),
      );
      for (const half of [log.slice(0, 6), log.slice(6)]) {
        expect([...half].sort()).toEqual(["event 1", "event 2", "event 3", "item 1", "item 2", "item 3"]);
        for (const n of [1, 2, 3]) expect(half.indexOf(`event ${n}`)).toBeLessThan(half.indexOf(`item ${n}`));
      }
      expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
      expect([...new Set(seen)]).toEqual(container.units);
      expect(seen.slice(0, 5).every((unit) => unit === container.units[0])).toBe(true);
    },
  );
});
