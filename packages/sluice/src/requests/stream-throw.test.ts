import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { quiet, rejection } from "../mediator/flow.fixture.js";
import { begin, done, Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("throw() (S7)", () => {
  it("reaches the handler at its yield, which may go on (S7)", async () => {
    const { stream, log, gates } = recorded();
    const told = stream(async function* ({ emit }) {
      try {
        yield 1;
      } catch (caught) {
        log.push((caught as Error).message);
        emit(new Noted("after the throw"));
        yield 2;
      }
    });
    await told.next();
    const answer = told.throw(new Error("take this"));
    await quiet();
    expect(log).toEqual(["take this", "event after the throw"]);
    await gates.open("after the throw");
    expect(await answer).toEqual({ done: false, value: 2 });
    expect(await told.next()).toEqual(done);
  });

  it("ends the stream with the error when the handler does not catch it (S7, S6)", async () => {
    const { stream, log, container } = recorded();
    const error = new Error("take this");
    const told = stream(async function* (context) {
      await begin(context, log);
      try {
        yield 1;
      } finally {
        context.emit(new Noted("discarded"));
        log.push("finally");
      }
    });
    await told.next();
    expect(await rejection(told.throw(error))).toBe(error);
    expect(log).toEqual(["enter", "finally", "rollback"]);
    expect(container.units[0]?.error).toBe(error);
    expect(await told.next()).toEqual(done);
  });

  it("reports done when the handler catches it and returns (S7)", async () => {
    const { stream } = recorded();
    const told = stream(async function* () {
      try {
        yield 1;
      } catch {
        return;
      }
    });
    await told.next();
    expect(await told.throw(new Error("take this"))).toEqual(done);
  });

  it("ends an iterator without throw(): it is returned, and the error comes back (S7, S12)", async () => {
    const { stream, log, container } = recorded();
    const error = new Error("take this");
    const told = stream((context) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          await begin(context, log);
          return { done: false, value: 1 };
        },
        return: async () => {
          log.push("returned");
          return { done: true, value: undefined };
        },
      }),
    }));
    await told.next();
    expect(await rejection(told.throw(error))).toBe(error);
    expect(log).toEqual(["enter", "abort", "returned", "rollback"]);
    expect(container.units[0]?.error).toBe(error);
    expect(await told.next()).toEqual(done);
  });
});
