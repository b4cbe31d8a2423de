import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap, type EventHandlingError } from "../index.js";
import { bindBodies, Flow, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { named, recorded } from "./read-ahead.fixture.js";
import { done, item, Noted } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("errors while reading ahead (S5, S6)", () => {
  it("delivers the items before the error first, with their events, and then the very error (S5, S6)", async () => {
    const { stream, log, gates, container } = recorded();
    const error = new Error("broken");
    const ahead = stream(5, async function* (context) {
      await context.resolve(UnitOfWork);
      yield* named(log, ["a", "b"])(context);
      context.emit(new Noted("lost"));
      throw error;
    });
    const calls = [ahead.next(), ahead.next(), ahead.next(), ahead.next()];
    calls[2]?.catch(() => {});
    await quiet();
    await gates.open("b");
    expect(await stateOf(Promise.race(calls))).toBe("pending");
    await gates.open("a");
    expect(await calls[0]).toEqual(item("a"));
    expect(await calls[1]).toEqual(item("b"));
    expect(await rejection(calls[2] as Promise<unknown>)).toBe(error);
    expect(await calls[3]).toEqual(done);
    expect(log).not.toContain("event lost");
    expect(container.units).toMatchObject([{ state: "rolled back", error }]);
  });

  it("tells a consumer who leaves before it comes to the error: return() rejects with it (S5, S7)", async () => {
    const { stream, container, mediator } = recorded();
    const error = new Error("read ahead, never asked for");
    const ahead = stream(5, async function* ({ resolve }) {
      await resolve(UnitOfWork);
      yield 1;
      throw error;
    });
    expect(await ahead.next()).toEqual(item(1));
    await quiet();
    expect(container.states).toEqual(["rolled back"]);
    expect(await rejection(ahead.return())).toBe(error);
    await mediator.close();
  });

  it("stops the handler when an item's events fail: the error carries the item, and nothing follows it (S5, E6)", async () => {
    const { stream, log, gates, container, mediator } = recorded();
    const ahead = stream(1, async function* (context) {
      await context.resolve(UnitOfWork);
      context.signal.addEventListener("abort", () => log.push("abort"));
      try {
        for (const name of ["a", "b", "c", "d"]) {
          context.emit(new Noted(name));
          yield name;
        }
      } finally {
        log.push("finally");
      }
    });
    const next = ahead.next();
    next.catch(() => {});
    await quiet();
    await gates.fail("a", new TypeError("refused"));
    expect(await stateOf(next)).toBe("pending");
    await gates.open("b");
    const error = await rejection<EventHandlingError>(next);
    expect(error).toMatchObject({ response: "a", errors: [{ message: "refused" }] });
    expect(log).toEqual(["enter", "event a", "event b", "abort", "finally", "rollback"]);
    expect(container.units).toMatchObject([{ error }]);
    expect(await ahead.next()).toEqual(done);
    await mediator.close();
  });

  it("tells of the failures of an item that was read ahead, after the items before it (S5, E6)", async () => {
    const { stream, gates } = recorded();
    const ahead = stream(1, named([], ["a", "b"]));
    const calls = [ahead.next(), ahead.next()] as const;
    calls[1].catch(() => {});
    await quiet();
    await gates.fail("b", new TypeError("refused"));
    await gates.open("a");
    expect(await calls[0]).toEqual(item("a"));
    expect(await rejection(calls[1])).toMatchObject({ response: "b" });
  });

  it("loses no failure when the events of several items fail: the first is thrown, the others are logged (S5, E6)", async () => {
    const { stream, gates, logger, mediator } = recorded();
    const ahead = stream(1, named([], ["a", "b", "c"]));
    const next = ahead.next();
    next.catch(() => {});
    await quiet();
    await gates.fail("a", new TypeError("first"));
    await gates.fail("b", new TypeError("second"));
    expect(await rejection(next)).toMatchObject({ errors: [{ message: "first" }] });
    expect(logger.details).toMatchObject([{ error: { errors: [{ message: "second" }] } }]);
    await mediator.close();
  });

  it("keeps the failure of a read-ahead item for the consumer who leaves before it: return() rejects with it (S5, E6)", async () => {
    const { stream, gates, mediator } = recorded();
    const ahead = stream(1, named([], ["a", "b", "c"]));
    const first = ahead.next();
    await quiet();
    await gates.open("a");
    await first;
    await gates.fail("b", new TypeError("refused"));
    expect(await rejection(ahead.return())).toMatchObject({ errors: [{ message: "refused" }] });
    await mediator.close();
  });
});

describe("an abort while reading ahead (S5, S8)", () => {
  it("rejects at once, too, while a handler that failed ahead rolls back (S5, S8)", async () => {
    const closing = Promise.withResolvers<void>();
    const logger = new RecordingLogger();
    const container = new RecordingContainer({ onClose: () => closing.promise });
    const outside = new WatchedSignal();
    const mediator = bootstrap({ container, logger, scope: "dispatch", commandsMapper: bindBodies });
    const error = new Error("broken");
    const ahead = mediator.stream(
      // biome-ignore lint/correctness/useYield: it fails before its first item.
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        throw error;
      }),
      { readAhead: 3, signal: outside.signal },
    );
    const next = ahead.next();
    await quiet();
    const reason = new Error("The caller left.");
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    closing.resolve();
    await ahead.return();
    expect(logger.details).toEqual([expect.objectContaining({ error })]);
    expect(container.states).toEqual(["rolled back"]);
    await mediator.close();
  });
});

describe("an abort during the clean-up after a failure (S8)", () => {
  for (const readAhead of [0, 1]) {
    it(`rejects the pending next() at once, and the failure is logged, readAhead ${readAhead} (S8, E6)`, async () => {
      const { gates, logger, container, mediator } = recorded();
      const outside = new WatchedSignal();
      const failing = mediator.stream(
        new Flow(async function* ({ emit, resolve }) {
          await resolve(UnitOfWork);
          try {
            emit(new Noted("a"));
            yield* [1, 2, 3];
          } finally {
            await gates.pass("clean-up");
          }
        }),
        { readAhead, signal: outside.signal },
      );
      const next = failing.next();
      next.catch(() => {});
      await quiet();
      await gates.fail("a", new TypeError("refused"));
      const reason = new Error("The caller left.");
      outside.abort(reason);
      expect(await stateOf(next)).toBe("rejected");
      expect(await rejection(next)).toBe(reason);
      expect(await failing.next()).toEqual(done);
      const leaving = failing.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("clean-up");
      await leaving;
      expect(logger.details).toEqual([
        expect.objectContaining({ error: expect.objectContaining({ errors: [new TypeError("refused")] }) }),
      ]);
      expect(container.states).toEqual(["rolled back"]);
      expect(outside.listeners).toBe(0);
      await mediator.close();
    });
  }
});

describe("throw() while reading ahead (S5, S7)", () => {
  it("reaches the handler at the yield where it is; items before that are delivered first (S5, S7)", async () => {
    const { stream, log } = recorded();
    const ahead = stream(1, async function* () {
      for (const n of [1, 2, 3, 4]) {
        try {
          yield n;
        } catch (error) {
          log.push(`${n}: ${error}`);
        }
      }
    });
    expect(await ahead.next()).toEqual(item(1));
    await quiet();
    expect(await ahead.throw("take this")).toEqual(item(2));
    await quiet();
    expect(log).toEqual(["2: take this"]);
    expect(await ahead.next()).toEqual(item(3));
    expect(await ahead.next()).toEqual(item(4));
    expect(await ahead.next()).toEqual(done);
  });

  it("ends the stream with the error when the handler does not catch it, after the items before (S5, S7)", async () => {
    const { stream, container } = recorded();
    const error = new Error("take this");
    const ahead = stream(1, async function* ({ resolve }) {
      await resolve(UnitOfWork);
      for (const n of [1, 2, 3]) yield n;
    });
    expect(await ahead.next()).toEqual(item(1));
    await quiet();
    expect(await ahead.throw(error)).toEqual(item(2));
    expect(await rejection(ahead.next())).toBe(error);
    expect(container.units).toMatchObject([{ state: "rolled back", error }]);
    expect(await ahead.next()).toEqual(done);
  });

  it("comes back to a consumer whose handler has ended already (S5, S7)", async () => {
    const { stream } = recorded();
    const error = new Error("take this");
    const ahead = stream(5, async function* () {
      yield 1;
    });
    expect(await ahead.next()).toEqual(item(1));
    await quiet();
    expect(await rejection(ahead.throw(error))).toBe(error);
    expect(await ahead.next()).toEqual(done);
  });

  it("ends an iterator without throw(): it is returned, and the error comes back (S5, S7, S12)", async () => {
    const { stream, log, container } = recorded();
    const error = new Error("take this");
    const ahead = stream(1, ({ resolve }) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          await resolve(UnitOfWork);
          return item(1);
        },
        return: async () => {
          log.push("returned");
          return done as IteratorResult<number>;
        },
      }),
    }));
    await ahead.next();
    await quiet();
    expect(await rejection(ahead.throw(error))).toBe(error);
    expect(log).toEqual(["enter", "returned", "rollback"]);
    expect(container.units).toMatchObject([{ error }]);
    expect(await ahead.next()).toEqual(done);
  });
});
