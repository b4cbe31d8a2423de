import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { EventHandlingError } from "../events/event-errors.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import {
  bindBodies,
  collect,
  Do,
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
import { NoHandlerError } from "../requests/request-errors.js";
import { retry } from "./retry.js";
import type { RetryOptions } from "./retry-policy.js";
import { timeout } from "./timeout.js";
import { TimeoutError } from "./timeout-error.js";

class Happened extends DomainEvent {}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const boom = new Error("boom");

function setUp(options: RetryOptions) {
  const container = new RecordingContainer();
  const logger = new RecordingLogger();
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    middlewares: [retry(options)],
  });
  return { container, logger, mediator };
}

/** A request that fails some times, each with a unit of work, before it answers with the number of its tries. */
function failing(times: number, error: unknown = boom) {
  let count = 0;
  const request = new Do<number>(async ({ resolve }) => {
    await resolve(UnitOfWork);
    count++;
    if (count <= times) throw error;
    return count;
  });
  return {
    request,
    get count() {
      return count;
    },
  };
}

describe("retry", () => {
  it.each<[string, object]>([
    ["attempts", {}],
    ["attempts", { attempts: 0 }],
    ["attempts", { attempts: 1.5 }],
    ["attempts", { attempts: "3" }],
    ["delay", { attempts: 2, delay: -1 }],
    ["delay", { attempts: 2, delay: Number.NaN }],
    ["delay", { attempts: 2, delay: "1s" }],
    ["maxDelay", { attempts: 2, maxDelay: Number.POSITIVE_INFINITY }],
    ["retryOn", { attempts: 2, retryOn: "Error" }],
    ["retryOn", { attempts: 2, retryOn: ["Error"] }],
  ])("refuses %s out of range: %j", (option, options) => {
    expect(() => retry(options as never)).toThrow(InvalidOptionError);
    expect(() => retry(options as never)).toThrow(new RegExp(`^retry ${option} is `));
  });

  it("refuses no options at all", () => {
    expect(() => retry(undefined as never)).toThrow(InvalidOptionError);
  });
});

describe("retry of a request", () => {
  it("tries again until it goes well, each try in a scope of its own (U1)", async () => {
    const { mediator, container } = setUp({ attempts: 3, delay: 0 });
    const { request } = failing(2);
    const answer = mediator.send(request);
    await vi.runAllTimersAsync();
    expect(await answer).toBe(3);
    expect(container.states).toEqual(["rolled back", "rolled back", "committed"]);
  });

  it("gives the last error, after as many tries as it was told", async () => {
    const { mediator } = setUp({ attempts: 3, delay: 0 });
    const tries = failing(9);
    const answer = rejection(mediator.send(tries.request));
    await vi.runAllTimersAsync();
    expect(await answer).toBe(boom);
    expect(tries.count).toBe(3);
  });

  it("says each time that another try follows", async () => {
    const { mediator, logger } = setUp({ attempts: 2, delay: () => 70 });
    const answer = mediator.send(failing(1).request);
    await vi.runAllTimersAsync();
    await answer;
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: .+ failed; try 2 of 2 follows in 70 ms\.$/)]);
    expect(logger.details).toEqual([{ error: boom, attempt: 1, delay: 70 }]);
  });

  it("waits anything up to a bound that doubles, and stops at maxDelay (full jitter)", async () => {
    const { mediator, logger } = setUp({ attempts: 6, delay: 100, maxDelay: 500 });
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const answer = rejection(mediator.send(failing(9).request));
    await vi.runAllTimersAsync();
    await answer;
    expect(logger.details.map((details) => (details as { delay: number }).delay)).toEqual([
      50, 100, 200, 250, 250,
    ]);
  });

  it("begins with up to 100 ms when not told otherwise, and ends at 10 s", async () => {
    const { mediator, logger } = setUp({ attempts: 10 });
    vi.spyOn(Math, "random").mockReturnValue(1);
    const answer = rejection(mediator.send(failing(99).request));
    await vi.runAllTimersAsync();
    await answer;
    const delays = logger.details.map((details) => (details as { delay: number }).delay);
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it("waits as long as a function says", async () => {
    const delay = vi.fn((attempt: number) => attempt * 1_000);
    const { mediator } = setUp({ attempts: 3, delay });
    const tries = failing(2);
    const answer = mediator.send(tries.request);
    await vi.advanceTimersByTimeAsync(999);
    expect(tries.count).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(tries.count).toBe(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await answer).toBe(3);
    expect(delay.mock.calls).toEqual([
      [1, boom],
      [2, boom],
    ]);
  });

  it("refuses what a function says when that is no time", async () => {
    const { mediator } = setUp({ attempts: 3, delay: () => -1 });
    const error = await rejection(mediator.send(failing(2).request));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toMatch(/^retry delay\(attempt, error\) is -1; /);
  });

  it("stops waiting when the signal aborts, and tries no more (S8)", async () => {
    const { mediator } = setUp({ attempts: 3, delay: () => 1_000 });
    const caller = new WatchedSignal();
    const tries = failing(9);
    const answer = rejection(mediator.send(tries.request, { signal: caller.signal }));
    await quiet();
    expect(vi.getTimerCount()).toBe(1);
    const reason = new Error("The caller left.");
    caller.abort(reason);
    expect(await answer).toBe(reason);
    await finished(mediator.close());
    expect(tries.count).toBe(1);
    expect(caller.listeners).toBe(0);
  });

  it("tries no more when the signal has aborted before the failure", async () => {
    const { mediator, logger } = setUp({ attempts: 3, delay: 0 });
    const caller = new AbortController();
    let tries = 0;
    const body = () => {
      tries++;
      caller.abort();
      throw boom;
    };
    expect((await rejection(mediator.send(new Do(body), { signal: caller.signal }))).name).toBe("AbortError");
    await vi.runAllTimersAsync();
    expect(tries).toBe(1);
    expect(logger.lines.filter((line) => line.startsWith("warn"))).toEqual([]);
  });

  it.each<[string, unknown, number]>([
    ["an error", boom, 3],
    ["undefined", undefined, 3],
    ["a TimeoutError", new TimeoutError("request", 5, "Handler", {}), 3],
    ["the TimeoutError of a fetch", new DOMException("slow", "TimeoutError"), 3],
    ["an AbortError", new DOMException("stop", "AbortError"), 1],
    ["an EventHandlingError", new EventHandlingError([]), 1],
    ["an error of misuse", new NoHandlerError({}), 1],
  ])("makes of %s, by default, %j: %i tries", async (_what, error, expected) => {
    const { mediator } = setUp({ attempts: 3, delay: 0 });
    const tries = failing(9, error);
    const answer = mediator.send(tries.request).catch(() => {});
    await vi.runAllTimersAsync();
    await answer;
    expect(tries.count).toBe(expected);
  });

  it("never runs a handler again whose event handlers failed: it did its work (E6)", async () => {
    let tries = 0;
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Happened, () => Promise.reject(boom)),
      middlewares: [{ request: retry({ attempts: 3 }).request }],
    });
    const request = new Do(({ emit }) => {
      tries++;
      emit(new Happened());
    });
    expect(await rejection(mediator.send(request))).toBeInstanceOf(EventHandlingError);
    expect(tries).toBe(1);
  });

  it.each<[string, RetryOptions["retryOn"]]>([
    ["classes", [RangeError, TypeError]],
    ["a function", (error) => error instanceof TypeError],
  ])("tries again only on what retryOn names, given %s", async (_how, retryOn) => {
    const { mediator } = setUp({ attempts: 3, delay: 0, retryOn });
    for (const [error, expected] of [
      [new TypeError("down"), 3],
      [boom, 1],
    ] as const) {
      const tries = failing(9, error);
      const answer = rejection(mediator.send(tries.request));
      await vi.runAllTimersAsync();
      expect(await answer).toBe(error);
      expect(tries.count).toBe(expected);
    }
  });

  it("can be had for some requests only, by its member", async () => {
    class Look extends Query<number> {}
    let looks = 0;
    const { request: retryRequest } = retry({ attempts: 2, delay: 0 });
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      commandsMapper: bindBodies,
      queriesMapper: (map) =>
        map.bind(Look, async () => {
          looks++;
          throw boom;
        }),
      middlewares: [
        {
          request: (request, next, context) =>
            request instanceof Query ? retryRequest(request, next, context) : next(),
        },
      ],
    });
    const tries = failing(9);
    const answers = Promise.allSettled([mediator.send(new Look()), mediator.send(tries.request)]);
    await vi.runAllTimersAsync();
    await answers;
    expect([looks, tries.count]).toEqual([2, 1]);
  });

  it.each([
    ["outside", "limits all tries together", 1],
    ["inside", "limits each try", 3],
  ])("with a timeout %s, that %s", async (where, _what, expected) => {
    const timing = timeout({ request: 1_000 });
    const retrying = retry({ attempts: 3, delay: () => 0 });
    let tries = 0;
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      commandsMapper: bindBodies,
      middlewares: where === "outside" ? [timing, retrying] : [retrying, timing],
    });
    const request = new Do(({ signal }) => {
      tries++;
      return new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(boom)));
    });
    const answer = rejection(mediator.send(request));
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await answer).toBeInstanceOf(TimeoutError);
    expect(tries).toBe(expected);
  });
});

describe("retry of a stream", () => {
  function flow(failures: number, after = 0) {
    const log: string[] = [];
    const request = new Flow<number>(async function* ({ resolve }) {
      await resolve(UnitOfWork);
      try {
        log.push("opened");
        for (let n = 1; n <= after; n++) yield n;
        if (log.filter((line) => line === "opened").length <= failures) throw boom;
        yield 7;
      } finally {
        log.push("finally");
      }
    });
    return { log, request };
  }

  it("opens it again while nothing was delivered, each time in a scope of its own (U1)", async () => {
    const { mediator, container } = setUp({ attempts: 3, delay: 0 });
    const { request, log } = flow(2);
    const items = collect(mediator.stream(request));
    await vi.runAllTimersAsync();
    expect(await items).toEqual([7]);
    expect(log).toEqual(["opened", "finally", "opened", "finally", "opened", "finally"]);
    expect(container.log).toEqual(["enter", "rollback", "enter", "rollback", "enter", "commit"]);
  });

  it("never opens it again once an item was delivered (S6)", async () => {
    const { mediator } = setUp({ attempts: 3, delay: 0 });
    const { request, log } = flow(9, 1);
    const stream = mediator.stream(request);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(await rejection(stream.next())).toBe(boom);
    await vi.runAllTimersAsync();
    expect(log).toEqual(["opened", "finally"]);
  });

  it("gives the last error, after as many tries as it was told", async () => {
    const { mediator } = setUp({ attempts: 2, delay: 0 });
    const { request, log } = flow(9);
    const pending = rejection(mediator.stream(request).next());
    await vi.runAllTimersAsync();
    expect(await pending).toBe(boom);
    expect(log).toHaveLength(4);
  });

  it("is over when it ends without an item", async () => {
    const { mediator } = setUp({ attempts: 3 });
    let opened = 0;
    const stream = mediator.stream(
      new Flow(async function* () {
        opened++;
        yield* [];
      }),
    );
    expect(await collect(stream)).toEqual([]);
    expect(opened).toBe(1);
  });

  it("stops waiting when the signal aborts (S8)", async () => {
    const { mediator } = setUp({ attempts: 3, delay: () => 1_000 });
    const caller = new WatchedSignal();
    const { request, log } = flow(9);
    const stream = mediator.stream(request, { signal: caller.signal });
    const pending = rejection(stream.next());
    await quiet();
    expect(vi.getTimerCount()).toBe(1);
    const reason = new Error("The caller left.");
    caller.abort(reason);
    expect(await pending).toBe(reason);
    await finished(stream.return(undefined));
    expect(log).toEqual(["opened", "finally"]);
    expect(caller.listeners).toBe(0);
  });

  it("stops waiting when the consumer leaves (S7)", async () => {
    const { mediator } = setUp({ attempts: 3, delay: () => 1_000 });
    const { request, log } = flow(9);
    const stream = mediator.stream(request);
    const pending = stream.next();
    await quiet();
    expect(vi.getTimerCount()).toBe(1);
    await finished(stream.return(undefined));
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(log).toEqual(["opened", "finally"]);
  });

  it("stops waiting when a middleware around it returns it", async () => {
    const { stream } = retry({ attempts: 2, delay: () => 1_000 });
    const failing: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(boom) }),
    };
    const context = {
      signal: new AbortController().signal,
      logger: new RecordingLogger(),
      handlerName: "Handler",
    };
    const iterator = stream(new Flow(() => failing), () => failing, context as never)[Symbol.asyncIterator]();
    const pending = rejection(iterator.next());
    await quiet();
    expect(await stateOf(pending)).toBe("pending");
    await iterator.return?.();
    expect((await pending).name).toBe("AbortError");
  });

  it("passes return() and throw() on (S7)", async () => {
    const { mediator } = setUp({ attempts: 3 });
    const { request, log } = flow(0);
    for await (const _ of mediator.stream(request)) break;
    const stream = mediator.stream(request);
    await stream.next();
    expect(await rejection(stream.throw(boom))).toBe(boom);
    expect(log).toEqual(["opened", "finally", "opened", "finally"]);
  });
});

describe("retry of an event", () => {
  it("runs that handler again, and no other; the events of a failed try are discarded", async () => {
    const log: string[] = [];
    class FollowedUp extends DomainEvent {}
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      domainEventsMapper: (map) =>
        map
          .bind(Happened, async (_event, { emit }) => {
            log.push("flaky");
            emit(new FollowedUp());
            if (log.filter((line) => line === "flaky").length < 3) throw boom;
          })
          .bind(Happened, () => log.push("steady"))
          .bind(FollowedUp, () => log.push("follow-up")),
      middlewares: [retry({ attempts: 3, delay: 0 })],
    });
    const published = mediator.publish(new Happened());
    await vi.runAllTimersAsync();
    await published;
    expect(log).toEqual(["flaky", "steady", "flaky", "flaky", "follow-up"]);
  });

  it("publishes again to a broker that refused, under the same id (M3)", async () => {
    const broker = new RecordingBroker();
    const ids: string[] = [];
    const publish = broker.publish.bind(broker);
    broker.publish = async (messages, options) => {
      ids.push(...messages.map(({ id }) => id));
      if (ids.length < 3) throw boom;
      await publish(messages, options);
    };
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      messageBroker: broker,
      middlewares: [retry({ attempts: 3, delay: 0 })],
    });
    const event = new Told();
    const published = mediator.publish(event);
    await vi.runAllTimersAsync();
    await published;
    expect(ids).toEqual([event.eventId, event.eventId, event.eventId]);
    expect(broker.messages).toHaveLength(1);
  });

  it("fails with the last error, as that handler's (E6)", async () => {
    await using mediator = bootstrap({
      logger: new RecordingLogger(),
      domainEventsMapper: (map) =>
        map.bind(Happened, function flaky() {
          throw boom;
        }),
      middlewares: [retry({ attempts: 2, delay: 0 })],
    });
    const published = rejection<EventHandlingError>(mediator.publish(new Happened()));
    await vi.runAllTimersAsync();
    expect((await published).failures).toEqual([
      { event: expect.any(Happened), handler: "flaky", error: boom },
    ]);
  });
});
