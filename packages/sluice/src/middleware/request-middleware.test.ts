import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { EventHandlingError } from "../events/event-errors.js";
import { fallback } from "../handlers/fallback.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, finished, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { Query } from "../messages/query.js";
import type { CloseTimeoutError } from "../requests/stream-errors.js";
import type { Middleware } from "./middleware.js";

class Happened extends DomainEvent {}

class Ask extends Query<string> {
  constructor(readonly question: string) {
    super();
  }
}

class AskAgain extends Ask {}

/** Writes down when it is entered and left. */
function tracing(name: string, log: string[]): Middleware {
  return {
    async request(_request, next) {
      log.push(`${name} in`);
      try {
        return await next();
      } finally {
        log.push(`${name} out`);
      }
    },
  };
}

const asking = (...middlewares: Middleware[]) =>
  bootstrap({
    queriesMapper: (map) => map.bind(Ask, ({ question }) => `answer to ${question}`),
    middlewares,
  });

describe("middleware around a request", () => {
  it("runs the first of the list outermost, and the handler's events inside of all", async () => {
    const log: string[] = [];
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Happened, () => log.push("event")),
      middlewares: [tracing("first", log), {}, tracing("second", log)].filter((m) => "request" in m),
    });
    await mediator.send(
      new Do(({ emit }) => {
        log.push("handler");
        emit(new Happened());
      }),
    );
    expect(log).toEqual(["first in", "second in", "handler", "event", "second out", "first out"]);
  });

  it("answers with what the outermost answers, a value or a promise", async () => {
    await using mediator = asking(
      { request: async (_request, next) => `<${await next()}>` },
      { request: (_request, next) => next() },
      { request: () => "at once" },
    );
    expect(await mediator.send(new Ask("why"))).toBe("<at once>");
  });

  it("answers in the handler's place when it does not call next, and no handler is made", async () => {
    const handle = vi.fn(async () => "the handler's");
    await using mediator = bootstrap({
      queriesMapper: (map) => map.bind(Ask, handle),
      middlewares: [{ request: async () => "cached" }],
    });
    expect(await mediator.send(new Ask("why"))).toBe("cached");
    expect(handle).not.toHaveBeenCalled();
  });

  it("hands another message on to those inside and to the handler", async () => {
    const seen: unknown[] = [];
    await using mediator = asking(
      { request: (request, next) => next(new Ask(`${(request as Ask).question} not`)) },
      {
        request: (request, next) => {
          seen.push((request as Ask).question);
          return next();
        },
      },
    );
    expect(await mediator.send(new Ask("why"))).toBe("answer to why not");
    expect(seen).toEqual(["why not"]);
  });

  it.each([
    ["of another class", new Do(() => {})],
    ["of a class that extends it", new AskAgain("why")],
    ["a plain object", { question: "why" }],
    ["a string", "why"],
    ["null", null],
  ])("refuses another message that is %s", async (_what, other) => {
    const handle = vi.fn(async () => "");
    await using mediator = bootstrap({
      queriesMapper: (map) => map.bind(Ask, handle),
      middlewares: [{ request: (_request, next) => next(other as never) }],
    });
    const error = await rejection<InvalidOptionError>(mediator.send(new Ask("why")));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toMatch(/^next\(message\) is .+; expected what it was, an instance of Ask\./);
    expect(handle).not.toHaveBeenCalled();
  });

  it("lays metadata over what was there, for those inside, the handler, and what that sends", async () => {
    const seen: object[] = [];
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      middlewares: [
        {
          request(request, next, { metadata }) {
            if (metadata.causationId !== undefined) return next();
            return next(request, { metadata: { headers: { tenant: "acme" }, correlationId: "c-2" } });
          },
        },
        {
          request(_request, next, { metadata }) {
            seen.push({ ...metadata.headers, correlationId: metadata.correlationId });
            return next();
          },
        },
      ],
    });
    await mediator.send(
      new Do(async ({ metadata, mediator: inner }) => {
        seen.push({ ...metadata.headers, correlationId: metadata.correlationId });
        await inner.send(new Do(() => {}));
      }),
      { metadata: { headers: { locale: "de" }, correlationId: "c-1" } },
    );
    const expected = { locale: "de", tenant: "acme", correlationId: "c-2" };
    expect(seen).toEqual([expected, expected, expected]);
  });

  it.each([
    ["given by the caller", { metadata: { correlationId: "c-1" } }, {}],
    ["given by a middleware further out", {}, { metadata: { correlationId: "c-1" } }],
  ])("hands metadata on through any reference to the mediator, when %s (E5)", async (_how, sent, given) => {
    const seen: string[] = [];
    const unused = new AbortController();
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      middlewares: [
        { request: (request, next) => next(request, request === nested ? {} : given) },
        { request: (request, next) => next(request, { signal: unused.signal }) },
      ],
    });
    const nested = new Do(({ metadata }) => {
      seen.push(metadata.correlationId);
    });
    await mediator.send(new Do(() => mediator.send(nested)), sent);
    expect(seen).toEqual(["c-1"]);
  });

  it("aborts the handler by a signal that it gives, beside the caller's and another middleware's", async () => {
    const signals = {
      caller: new AbortController(),
      outer: new AbortController(),
      inner: new AbortController(),
    };
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      middlewares: [
        { request: (request, next) => next(request, { signal: signals.outer.signal }) },
        { request: (request, next) => next(request, { signal: signals.inner.signal }) },
      ],
    });
    for (const name of ["caller", "outer", "inner"] as const) {
      signals[name] = new AbortController();
      const waiting = new Do(
        ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      );
      const answer = mediator.send(waiting, { signal: signals.caller.signal });
      expect(await stateOf(answer)).toBe("pending");
      const reason = new Error(name);
      signals[name].abort(reason);
      expect(await rejection(answer)).toBe(reason);
      signals[name] = new AbortController();
    }
  });

  it("leaves no listener on a signal that it gives, nor on the caller's", async () => {
    const [caller, given] = [new WatchedSignal(), new WatchedSignal()];
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      middlewares: [{ request: (request, next) => next(request, { signal: given.signal }) }],
    });
    const asks = new Do(({ signal }) => {
      signal.addEventListener("abort", () => {});
      expect(given.listeners).toBeGreaterThan(0);
    });
    await mediator.send(asks, { signal: caller.signal });
    const fails = new Do(({ signal }) => {
      throw new Error(`aborted: ${signal.aborted}`);
    });
    await rejection(mediator.send(fails, { signal: caller.signal }));
    expect([caller.listeners, given.listeners]).toEqual([0, 0]);
  });

  it("runs the handler again when it calls next again, in a scope of its own each time (U1)", async () => {
    const container = new RecordingContainer();
    const units: UnitOfWork[] = [];
    const emitted: number[] = [];
    class Counted extends DomainEvent {
      constructor(readonly n: number) {
        super();
      }
    }
    await using mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Counted, ({ n }) => emitted.push(n)),
      middlewares: [
        {
          async request(_request, next) {
            await next().catch(() => {});
            return next();
          },
        },
      ],
    });
    const answer = await mediator.send(
      new Do(async ({ emit, resolve }) => {
        units.push(await resolve(UnitOfWork));
        emit(new Counted(units.length));
        if (units.length === 1) throw new Error("the first try");
        return units.length;
      }),
    );
    expect(answer).toBe(2);
    expect(units[0]).not.toBe(units[1]);
    expect(units.map(({ state }) => state)).toEqual(["rolled back", "committed"]);
    expect(emitted).toEqual([2]);
  });

  it('makes each call of next a unit of work of its own under scope: "dispatch" (U2)', async () => {
    const container = new RecordingContainer();
    const seen: UnitOfWork[] = [];
    await using mediator = bootstrap({
      container,
      scope: "dispatch",
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, { resolve }) => seen.push(await resolve(UnitOfWork))),
      middlewares: [
        {
          async request(_request, next) {
            await next();
            return next();
          },
        },
      ],
    });
    await mediator.send(
      new Do(async ({ emit, resolve }) => {
        seen.push(await resolve(UnitOfWork));
        emit(new Happened());
      }),
    );
    const [first, second] = container.units;
    expect(seen).toEqual([first, first, second, second]);
    expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
  });

  it("joins an outside scope in every run, and closes it in none (U3)", async () => {
    const container = new RecordingContainer();
    const scope = container.createScope();
    const seen: UnitOfWork[] = [];
    await using mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      middlewares: [
        {
          async request(request, next) {
            await next();
            return next(request, { metadata: {} });
          },
        },
      ],
    });
    const look = new Do(async ({ resolve }) => {
      seen.push(await resolve(UnitOfWork));
    });
    await mediator.send(look, { scope });
    expect(seen).toEqual([scope.unit, scope.unit]);
    expect(container.states).toEqual(["open"]);
  });

  it.each(["throws", "rejects"] as const)(
    "fails the dispatch with the very error when it %s",
    async (how) => {
      const error = new Error("not today");
      await using mediator = asking({
        request() {
          if (how === "throws") throw error;
          return Promise.reject(error);
        },
      });
      expect(await rejection(mediator.send(new Ask("why")))).toBe(error);
    },
  );

  it("rolls nothing back when it throws after next: what it wraps is done", async () => {
    const container = new RecordingContainer();
    await using mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      middlewares: [
        {
          async request(_request, next) {
            await next();
            throw new Error("too late");
          },
        },
      ],
    });
    const touch = new Do(async ({ resolve }) => {
      await resolve(UnitOfWork);
    });
    expect(await rejection(mediator.send(touch))).toMatchObject({ message: "too late" });
    expect(container.states).toEqual(["committed"]);
  });

  it("is told of event handlers that failed, and may answer all the same (E6)", async () => {
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, () => {
          throw new Error("no");
        }),
      middlewares: [
        {
          request: (_request, next) =>
            next().catch((error) => {
              if (error instanceof EventHandlingError) return error.response;
              throw error;
            }),
        },
      ],
    });
    const answer = mediator.send(
      new Do(({ emit }) => {
        emit(new Happened());
        return 7;
      }),
    );
    expect(await answer).toBe(7);
  });

  it("stands around a fallback as a whole (R5)", async () => {
    const log: string[] = [];
    await using mediator = bootstrap({
      queriesMapper: (map) =>
        map.bind(
          Ask,
          fallback(
            async () => {
              log.push("primary");
              throw new Error("down");
            },
            async () => {
              log.push("secondary");
              return "from the fallback";
            },
          ),
        ),
      middlewares: [tracing("around", log)],
    });
    expect(await mediator.send(new Ask("why"))).toBe("from the fallback");
    expect(log).toEqual(["around in", "primary", "secondary", "around out"]);
  });

  it("stands around a chain as a whole (R4)", async () => {
    const log: string[] = [];
    await using mediator = bootstrap({
      queriesMapper: (map) => map.bind(Ask, [(ask, { next }) => next(ask), async () => "the second link"]),
      middlewares: [tracing("around", log)],
    });
    expect(await mediator.send(new Ask("why"))).toBe("the second link");
    expect(log).toEqual(["around in", "around out"]);
  });

  it("is given the handler's name, the mediator's logger, and a mediator that hands on (R1)", async () => {
    const logger = new RecordingLogger();
    class AskHandler {
      async handle({ question }: Ask) {
        return `class answer to ${question}`;
      }
    }
    const causes: unknown[] = [];
    await using mediator = bootstrap({
      logger,
      commandsMapper: bindBodies,
      queriesMapper: (map) => map.bind(Ask, AskHandler),
      middlewares: [
        {
          async request(request, next, context) {
            context.logger.info({}, `${context.handlerName} is asked.`);
            if (!(request instanceof Ask)) causes.push(context.metadata.correlationId);
            else
              await context.mediator.send(
                new Do(({ metadata }) => {
                  causes.push(metadata.correlationId);
                }),
              );
            return next();
          },
        },
      ],
    });
    await mediator.send(new Ask("why"), { metadata: { correlationId: "c-1" } });
    expect(logger.lines).toEqual([
      "info: AskHandler is asked.",
      expect.stringMatching(/^info: .+ is asked\.$/),
    ]);
    expect(causes).toEqual(["c-1", "c-1"]);
  });

  it("keeps its `this`", async () => {
    class Counter implements Middleware {
      #calls = 0;
      request(_request: unknown, next: () => Promise<unknown>) {
        this.#calls++;
        return next();
      }
      get calls() {
        return this.#calls;
      }
    }
    const counter = new Counter();
    await using mediator = asking(counter);
    await mediator.send(new Ask("why"));
    expect(counter.calls).toBe(1);
  });

  it("keeps close() waiting for a run that it no longer waits for", async () => {
    const running = Promise.withResolvers<void>();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      middlewares: [
        {
          async request(_request, next) {
            next().catch(() => {});
            return "gone on";
          },
        },
      ],
    });
    expect(await mediator.send(new Do<unknown>(() => running.promise))).toBe("gone on");
    const closed = mediator.close();
    expect(await stateOf(closed)).toBe("pending");
    running.resolve();
    await finished(closed);
  });

  it("names it once when close() gives up waiting (S8)", async () => {
    vi.useFakeTimers();
    try {
      const stuck = Promise.withResolvers<void>();
      const mediator = bootstrap({
        commandsMapper: bindBodies,
        middlewares: [{ request: (request, next) => next(request, { metadata: {} }) }],
      });
      const answer = mediator.send(new Do(() => stuck.promise));
      const closed = rejection<CloseTimeoutError>(mediator.close());
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await closed).stillRunning).toEqual(["Do"]);
      stuck.resolve();
      await answer;
    } finally {
      vi.useRealTimers();
    }
  });
});
