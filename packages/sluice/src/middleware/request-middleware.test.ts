import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { fallback } from "../handlers/fallback.js";
import { stateOf, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import type { Middleware } from "./middleware.js";
import { Ask, asking, Happened } from "./request-middleware.fixture.js";

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
});

describe("middleware around a request", () => {
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
});
