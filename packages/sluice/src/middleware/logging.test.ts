import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import {
  bindBodies,
  collect,
  Flow,
  finished,
  quiet,
  RecordingBroker,
  RecordingLogger,
  rejection,
  Told,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { Query } from "../messages/query.js";
import type { LoggingOptions } from "./log-entry.js";
import { logging } from "./logging.js";
import type { Middleware } from "./middleware.js";

class Ask extends Query<string> {
  constructor(readonly answer: (signal: AbortSignal) => string | Promise<string> = () => "because") {
    super();
  }
}

class Happened extends DomainEvent {
  constructor(readonly body: () => unknown = () => {}) {
    super();
  }
}

class AskHandler {
  async handle(ask: Ask, { signal }: { signal: AbortSignal }) {
    return ask.answer(signal);
  }
}

const boom = new Error("boom");
const metadata = { correlationId: "c-1" };

function setUp(options?: LoggingOptions, ...inner: Middleware[]) {
  const logger = new RecordingLogger();
  const mediator = bootstrap({
    logger,
    commandsMapper: bindBodies,
    queriesMapper: (map) => map.bind(Ask, AskHandler),
    domainEventsMapper: (map) =>
      map.bind(Happened, function audit({ body }) {
        return body();
      }),
    messageBroker: new RecordingBroker(),
    onEventError: "report",
    middlewares: [logging(options), ...inner],
  });
  return { logger, mediator };
}

const flow = (...items: unknown[]) =>
  new Flow(async function* () {
    for (const item of items) {
      if (item instanceof Error) throw item;
      yield item;
    }
  });

/** What stands in the lines of a stream, the name of its handler aside. */
const outcomes = ({ lines, details }: RecordingLogger) =>
  lines.map((line, index) => {
    const [, level, what] = /^(\w+): Flow at .+? ((?:was )?\w+)\.$/.exec(line) ?? [];
    return [level, what, (details[index] as { items?: number }).items];
  });

fakeTimers();

describe("logging", () => {
  it.each<[string, object]>([
    ["level", { level: "trace" }],
    ["level", { level: null }],
    ["logger", { logger: null }],
    ["logger", { logger: { info() {} } }],
  ])("refuses a %s that is none: %j", (option, options) => {
    expect(() => logging(options)).toThrow(InvalidOptionError);
    expect(() => logging(options)).toThrow(new RegExp(`^logging ${option} is `));
  });

  it("tells the mediator's logger of a request's start and end, at the level of information", async () => {
    const { mediator, logger } = setUp();
    const answer = mediator.send(new Ask(() => new Promise((done) => setTimeout(done, 250, "late"))), {
      metadata,
    });
    await quiet();
    expect(logger.lines).toEqual(["info: Ask at AskHandler started."]);
    await vi.advanceTimersByTimeAsync(250);
    expect(await answer).toBe("late");
    expect(logger.lines).toEqual(["info: Ask at AskHandler started.", "info: Ask at AskHandler ended."]);
    const about = { message: "Ask", handler: "AskHandler", correlationId: "c-1" };
    expect(logger.details).toEqual([about, { ...about, duration: 250 }]);
  });

  it("tells of a failure as an error, and hands on that very error", async () => {
    const { mediator, logger } = setUp({ level: "debug" });
    expect(await rejection(mediator.send(new Ask(() => Promise.reject(boom)), { metadata }))).toBe(boom);
    expect(logger.lines).toEqual(["debug: Ask at AskHandler started.", "error: Ask at AskHandler failed."]);
    expect(logger.details[1]).toEqual({
      message: "Ask",
      handler: "AskHandler",
      correlationId: "c-1",
      duration: 0,
      error: boom,
    });
  });

  it.each<[string, unknown]>([
    ["an AbortError", new DOMException("stop", "AbortError")],
    ["the signal's own reason", new Error("The caller left.")],
  ])("takes %s for no failure: it was told to stop", async (_what, reason) => {
    const { mediator, logger } = setUp();
    const caller = new AbortController();
    const ask = new Ask(
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const answer = rejection(mediator.send(ask, { signal: caller.signal }));
    await quiet();
    caller.abort(reason);
    expect(await answer).toBe(reason);
    await quiet();
    expect(logger.lines.at(-1)).toBe("info: Ask at AskHandler was aborted.");
  });

  it("tells a logger of its own instead, at the level it was given", async () => {
    const own = new RecordingLogger();
    const { mediator, logger } = setUp({ logger: own, level: "warn" });
    await mediator.send(new Ask());
    expect(own.lines).toEqual(["warn: Ask at AskHandler started.", "warn: Ask at AskHandler ended."]);
    expect(logger.lines).toEqual([]);
  });

  it("never fails what it logs, when its logger throws", async () => {
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const throws = () => {
      throw boom;
    };
    const { mediator } = setUp({ logger: { debug: throws, info: throws, warn: throws, error: throws } });
    expect(await mediator.send(new Ask())).toBe("because");
    expect(told).toHaveBeenCalledTimes(2);
    told.mockRestore();
  });

  it("tells of an event at each handler, and of a publishing", async () => {
    const { mediator, logger } = setUp();
    await mediator.publish(new Happened());
    await mediator.publish(new Told());
    await mediator.publish(new Happened(() => Promise.reject(boom)));
    expect(logger.lines).toEqual([
      "info: Happened at audit started.",
      "info: Happened at audit ended.",
      "info: Told at MessageBroker started.",
      "info: Told at MessageBroker ended.",
      "info: Happened at audit started.",
      "error: Happened at audit failed.",
      "error: audit failed on an instance of Happened.",
    ]);
  });
});

describe("logging of a stream", () => {
  it("tells how many items were delivered, and how long it took", async () => {
    const { mediator, logger } = setUp();
    const stream = mediator.stream(flow(1, 2, undefined), { metadata });
    await quiet();
    expect(logger.lines).toEqual([]);
    await stream.next();
    await vi.advanceTimersByTimeAsync(40);
    await collect(stream);
    expect(outcomes(logger)).toEqual([
      ["info", "started", undefined],
      ["info", "ended", 3],
    ]);
    expect(logger.details[1]).toMatchObject({
      message: "Flow",
      correlationId: "c-1",
      duration: 40,
      items: 3,
    });
  });

  it("tells of a failure, after how many items", async () => {
    const { mediator, logger } = setUp();
    expect(await rejection(collect(mediator.stream(flow(1, boom))))).toBe(boom);
    expect(outcomes(logger).at(-1)).toEqual(["error", "failed", 1]);
    expect(logger.details.at(-1)).toMatchObject({ error: boom });
  });

  it("tells that the consumer left, and passes return() on (S7)", async () => {
    const { mediator, logger } = setUp();
    let ended = false;
    const stream = mediator.stream(
      new Flow(async function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          ended = true;
        }
      }),
    );
    for await (const _ of stream) break;
    expect(ended).toBe(true);
    expect(outcomes(logger).slice(1)).toEqual([["info", "was left", 1]]);
  });

  it("tells of a handler that throws when the consumer leaves (S7)", async () => {
    const { mediator, logger } = setUp();
    const stream = mediator.stream(
      new Flow(async function* () {
        try {
          yield 1;
        } finally {
          await Promise.reject(boom);
        }
      }),
    );
    await stream.next();
    expect(await rejection(stream.return(undefined))).toBe(boom);
    expect(outcomes(logger).slice(1)).toEqual([["error", "failed", 1]]);
  });

  it("tells of an abort, and passes it on (S8)", async () => {
    const { mediator, logger } = setUp();
    const caller = new AbortController();
    const stream = mediator.stream(
      new Flow(async function* ({ signal }) {
        yield 1;
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }),
      { signal: caller.signal },
    );
    await stream.next();
    const pending = rejection(stream.next());
    await quiet();
    caller.abort(boom);
    expect(await pending).toBe(boom);
    await finished(stream.return(undefined));
    expect(outcomes(logger).slice(1)).toEqual([["info", "was aborted", 1]]);
  });

  it("lets throw() reach the handler, and counts what that gives (S7)", async () => {
    const { mediator, logger } = setUp();
    const stream = mediator.stream(
      new Flow(async function* () {
        try {
          yield 1;
        } catch {
          yield "caught";
        }
      }),
    );
    await stream.next();
    expect(await stream.throw(boom)).toEqual({ done: false, value: "caught" });
    await stream.next();
    expect(outcomes(logger).at(-1)).toEqual(["info", "ended", 2]);
  });

  it("tells of a stream that a middleware further in refused to open", async () => {
    const refusing: Middleware = {
      stream() {
        throw boom;
      },
    };
    const { mediator, logger } = setUp({}, refusing);
    expect(await rejection(mediator.stream(flow(1)).next())).toBe(boom);
    expect(outcomes(logger).at(-1)).toEqual(["error", "failed", undefined]);
  });
});
