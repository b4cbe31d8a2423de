import { afterEach, describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { EventHandlingError } from "../events/event-errors.js";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, finished, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { Query } from "../messages/query.js";
import { NoHandlerError } from "../requests/request-errors.js";
import { boom, failing, Happened, setUp } from "./retry.fixture.js";
import { retry } from "./retry.js";
import type { RetryOptions } from "./retry-policy.js";
import { timeout } from "./timeout.js";
import { TimeoutError } from "./timeout-error.js";

fakeTimers();

afterEach(() => {
  vi.restoreAllMocks();
});

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
