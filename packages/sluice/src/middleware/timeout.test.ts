import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { EventHandlingError } from "../events/event-errors.js";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  finished,
  quiet,
  RecordingLogger,
  rejection,
  Told,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { type TimeoutOptions, timeout } from "./timeout.js";
import { TimeoutError } from "./timeout-error.js";

class Happened extends DomainEvent {}

fakeTimers();

function setUp(limits: number | TimeoutOptions, handle: () => unknown = () => {}) {
  const container = new RecordingContainer();
  const logger = new RecordingLogger();
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    domainEventsMapper: (map) => map.bind(Happened, handle),
    messageBroker: { publish: () => new Promise(() => {}), close: async () => {} },
    middlewares: [timeout(limits)],
  });
  return { container, logger, mediator };
}

/** Ends when its signal aborts, with the reason. */
const obeying = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("timeout", () => {
  it.each([
    0,
    -1,
    0.5,
    2_147_483_648,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "5",
    null,
    undefined,
    {},
    { item: 0 },
  ])("refuses %j for a limit", (limits) => {
    expect(() => timeout(limits as never)).toThrow(InvalidOptionError);
  });

  it("stands around those kinds only that have a limit", () => {
    expect(Object.keys(timeout(5))).toEqual(["request", "stream", "event"]);
    expect(Object.keys(timeout({ request: 5 }))).toEqual(["request"]);
    expect(Object.keys(timeout({ item: 5, event: undefined }))).toEqual(["stream"]);
    expect(Object.keys(timeout({ event: 5 }))).toEqual(["event"]);
  });
});

describe("timeout of a request", () => {
  it("lets an answer or an error in time pass", async () => {
    const { mediator } = setUp(1_000);
    const error = new Error("no");
    expect(await mediator.send(new Do<unknown>(async () => 7))).toBe(7);
    expect(await rejection(mediator.send(new Do(() => Promise.reject(error))))).toBe(error);
  });

  it("rejects at its time, says what took how long, and aborts the handler with that error", async () => {
    const { mediator, container } = setUp({ request: 1_000 });
    let reason: unknown;
    const request = new Do(async ({ signal, resolve }) => {
      await resolve(UnitOfWork);
      await obeying(signal).catch((error) => {
        reason = error;
        throw error;
      });
    });
    const answer = rejection<TimeoutError>(mediator.send(request));
    await vi.advanceTimersByTimeAsync(999);
    expect(await stateOf(answer)).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    const error = await answer;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      name: "TimeoutError",
      code: "SLUICE_TIMEOUT",
      what: "request",
      timeoutMs: 1_000,
      dispatched: request,
    });
    expect(error.message).toMatch(/ did not answer an instance of Do within 1000 ms\. /);
    await quiet();
    expect(reason).toBe(error);
    expect(container.states).toEqual(["rolled back"]);
  });

  it("counts the events of the handler in (R1)", async () => {
    const { mediator } = setUp(
      { request: 1_000 },
      () => new Promise((resolve) => setTimeout(resolve, 1_500)),
    );
    const answer = rejection(mediator.send(new Do(({ emit }) => emit(new Happened()))));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answer).toBeInstanceOf(TimeoutError);
    await vi.advanceTimersByTimeAsync(500);
  });

  it("logs what a handler that did not obey throws later, and close() waits for it", async () => {
    const { mediator, logger } = setUp({ request: 1_000 });
    const stuck = Promise.withResolvers<void>();
    const answer = rejection(mediator.send(new Do<unknown>(() => stuck.promise)));
    await vi.advanceTimersByTimeAsync(1_000);
    await answer;
    const closed = mediator.close();
    expect(await stateOf(closed)).toBe("pending");
    stuck.reject(new Error("late"));
    await finished(closed);
    expect(logger.lines).toEqual([expect.stringMatching(/^error: .+ failed after it had timed out\.$/)]);
  });

  it("says nothing of a handler that ends later because it was told to, or well", async () => {
    const { mediator, logger } = setUp({ request: 1_000 });
    const endings: ((signal: AbortSignal) => Promise<void>)[] = [
      (signal) => obeying(signal),
      (signal) => obeying(signal).catch(() => Promise.reject(new DOMException("left", "AbortError"))),
      (signal) => obeying(signal).catch(() => {}),
    ];
    for (const end of endings) {
      const answer = rejection(mediator.send(new Do(({ signal }) => end(signal))));
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await answer).toBeInstanceOf(TimeoutError);
      await quiet();
    }
    expect(logger.lines).toEqual([]);
  });

  it("leaves no listener on the caller's signal, and lets that abort as ever", async () => {
    const { mediator } = setUp(1_000);
    const caller = new WatchedSignal();
    const answer = mediator.send(new Do(({ signal }) => obeying(signal)), { signal: caller.signal });
    await quiet();
    caller.abort();
    expect((await rejection(answer)).message).toBe("The caller left.");
    await quiet();
    expect(caller.listeners).toBe(0);
  });
});

describe("timeout of a stream", () => {
  it("limits each item, not the stream, nor what the consumer does between two", async () => {
    const { mediator } = setUp({ item: 1_000 });
    const stream = mediator.stream(
      new Flow(async function* () {
        for (const n of [1, 2, 3]) {
          await new Promise((resolve) => setTimeout(resolve, 900));
          yield n;
        }
      }),
    );
    for (const n of [1, 2, 3]) {
      const item = stream.next();
      await vi.advanceTimersByTimeAsync(900);
      expect(await item).toEqual({ done: false, value: n });
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("counts the time of each item from when it was asked for", async () => {
    const { mediator } = setUp({ item: 1_000 });
    const stream = mediator.stream(
      new Flow(async function* ({ signal }) {
        yield 1;
        await obeying(signal);
      }),
    );
    await stream.next();
    await vi.advanceTimersByTimeAsync(600);
    const pending = rejection(stream.next());
    await vi.advanceTimersByTimeAsync(999);
    expect(await stateOf(pending)).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(await pending).toBeInstanceOf(TimeoutError);
  });

  it("rejects at its time, aborts the handler with that error, and rolls back", async () => {
    const { mediator, container } = setUp({ item: 1_000 });
    const log: unknown[] = [];
    const request = new Flow<number>(async function* ({ signal, resolve }) {
      await resolve(UnitOfWork);
      try {
        yield 1;
        await obeying(signal);
      } finally {
        log.push("finally", signal.reason);
      }
    });
    const stream = mediator.stream(request);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    const pending = rejection<TimeoutError>(stream.next());
    await vi.advanceTimersByTimeAsync(1_000);
    const error = await pending;
    expect(error).toMatchObject({
      code: "SLUICE_TIMEOUT",
      what: "item",
      timeoutMs: 1_000,
      dispatched: request,
    });
    expect(error.message).toMatch(/ did not give the next item of an instance of Flow within 1000 ms\. /);
    await finished(stream.return(undefined));
    expect(log).toEqual(["finally", error]);
    expect(container.states).toEqual(["rolled back"]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("rejects at once although the handler is stuck; return() awaits its clean-up (S8)", async () => {
    const { mediator, container } = setUp({ item: 1_000 });
    const stuck = Promise.withResolvers<void>();
    const stream = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        await stuck.promise;
        yield 1;
      }),
    );
    const pending = rejection(stream.next());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await pending).toBeInstanceOf(TimeoutError);
    const returned = stream.return(undefined);
    expect(await stateOf(returned)).toBe("pending");
    stuck.resolve();
    await finished(returned);
    expect(container.states).toEqual(["rolled back"]);
  });

  it("counts the events of the item in, and drops those that have not started (S7)", async () => {
    const handled: string[] = [];
    const logger = new RecordingLogger();
    await using mediator = bootstrap({
      logger,
      maxConcurrentEventHandlers: 1,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async () => {
          handled.push("started");
          await new Promise((resolve) => setTimeout(resolve, 1_500));
        }),
      middlewares: [timeout({ item: 1_000 })],
    });
    const stream = mediator.stream(
      new Flow(async function* ({ emit }) {
        emit(new Happened());
        emit(new Happened());
        yield 1;
      }),
    );
    const pending = rejection(stream.next());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await pending).toBeInstanceOf(TimeoutError);
    const returned = stream.return(undefined);
    await vi.advanceTimersByTimeAsync(500);
    await finished(returned);
    expect(handled).toEqual(["started"]);
    expect(logger.lines).toEqual([]);
  });

  it("passes return() and throw() on (S7)", async () => {
    const { mediator } = setUp({ item: 1_000 });
    const log: string[] = [];
    const open = () =>
      mediator.stream(
        new Flow(async function* () {
          try {
            yield 1;
          } catch (error) {
            log.push(`caught ${(error as Error).message}`);
          } finally {
            log.push("finally");
          }
        }),
      );
    for await (const _ of open()) break;
    const stream = open();
    await stream.next();
    expect(await stream.throw(new Error("this"))).toEqual({ done: true, value: undefined });
    expect(log).toEqual(["finally", "caught this", "finally"]);
    expect(await collect(open())).toEqual([1]);
  });
});

describe("timeout of an event", () => {
  it("fails that handler at its time, and no other (E6)", async () => {
    const other = vi.fn();
    let reason: unknown;
    await using mediator = bootstrap({
      domainEventsMapper: (map) =>
        map
          .bind(Happened, async function slow(_event, { signal }) {
            await obeying(signal).catch((error) => {
              reason = error;
            });
          })
          .bind(Happened, other),
      middlewares: [timeout({ event: 1_000 })],
    });
    const published = rejection<EventHandlingError>(mediator.publish(new Happened()));
    await vi.advanceTimersByTimeAsync(1_000);
    const { failures } = await published;
    expect(failures).toEqual([
      { event: expect.any(Happened), handler: "slow", error: expect.any(TimeoutError) },
    ]);
    expect(failures[0]?.error).toMatchObject({ what: "event", handler: "slow" });
    await quiet();
    expect(reason).toBe(failures[0]?.error);
    expect(other).toHaveBeenCalledOnce();
  });

  it("limits a publishing to the broker", async () => {
    const { mediator } = setUp({ event: 1_000 });
    const published = rejection<EventHandlingError>(mediator.publish(new Told()));
    await vi.advanceTimersByTimeAsync(1_000);
    const { errors } = await published;
    expect(errors[0]).toMatchObject({ what: "event", handler: "MessageBroker" });
    expect(errors[0].message).toMatch(/^MessageBroker did not handle an instance of Told within 1000 ms\. /);
  });
});
