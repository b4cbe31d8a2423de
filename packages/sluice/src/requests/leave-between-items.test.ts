import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { UnitOfWork } from "../handlers/recording.fixture.js";
import { quiet, rejection } from "../mediator/flow.fixture.js";
import { begin, done, Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("leaving between two items (S7)", () => {
  const leave: Record<
    string,
    (log: string[], items: ReturnType<ReturnType<typeof recorded>["stream"]>) => Promise<unknown>
  > = {
    break: async (log, stream) => {
      for await (const _ of stream) break;
      log.push("left");
    },
    "a throw in the body": async (log, stream) => {
      const error = new Error("the consumer fails");
      const read = async () => {
        for await (const _ of stream) throw error;
      };
      expect(await rejection(read())).toBe(error);
      log.push("left");
    },
    "return()": async (log, stream) => {
      await stream.next();
      expect(await stream.return("value")).toEqual({ done: true, value: "value" });
      log.push("left");
    },
    disposal: async (log, stream) => {
      {
        await using disposed = stream;
        await disposed.next();
      }
      log.push("left");
    },
  };

  for (const [how, act] of Object.entries(leave)) {
    for (const readAhead of [0, 1]) {
      it(`${how}: the signal aborts, finally runs, the scope closes, then it settles, readAhead ${readAhead} (S7)`, async () => {
        const { log, stream, mediator } = recorded();
        await act(
          log,
          stream(
            async function* (context) {
              await begin(context, log);
              try {
                yield 1;
                yield 2;
                log.push("resumed");
                yield 3;
              } finally {
                await quiet();
                log.push("finally");
              }
            },
            { readAhead },
          ),
        );
        expect(log).toEqual(["enter", "abort", "finally", "commit", "left"]);
        await mediator.close();
      });
    }
  }

  it("has closed the unit of work only after the handler's finally used it, when return() settles", async () => {
    const { stream } = recorded();
    const states: string[] = [];
    const left = stream(async function* ({ resolve }) {
      const unit = await resolve(UnitOfWork);
      try {
        yield unit;
      } finally {
        await quiet();
        states.push(`in finally: ${unit.state}`);
      }
    });
    const { value: unit } = (await left.next()) as { value: UnitOfWork };
    await left.return();
    states.push(`after return(): ${unit.state}`);
    expect(states).toEqual(["in finally: open", "after return(): committed"]);
  });

  it("drops what is emitted in finally, for nothing new is started (S7)", async () => {
    const { stream, log, mediator } = recorded();
    const left = stream(async function* ({ emit }) {
      try {
        yield 1;
      } finally {
        emit(new Noted("in finally"));
      }
    });
    await left.next();
    await left.return();
    expect(log).toEqual([]);
    expect(await left.next()).toEqual(done);
    await mediator.close();
  });

  it("settles every further return() and disposal, and answers next() with done (S7)", async () => {
    const { stream, log } = recorded();
    const left = stream(async function* (context) {
      await begin(context, log);
      try {
        yield 1;
      } finally {
        log.push("finally");
      }
    });
    await left.next();
    await Promise.all([left.return(), left.return(), left[Symbol.asyncDispose]()]);
    await left.return();
    expect(await left.next()).toEqual(done);
    const error = new Error("late");
    expect(await rejection(left.throw(error))).toBe(error);
    expect(log).toEqual(["enter", "abort", "finally", "commit"]);
  });

  it("does not abort the signal of a handler that came to its own end, when the stream is disposed then (S7)", async () => {
    for (const fails of [false, true]) {
      for (const readAhead of [0, 1]) {
        const { stream } = recorded();
        let signal: AbortSignal | undefined;
        {
          await using whole = stream(
            async function* (context) {
              signal = context.signal;
              yield 1;
              if (fails) throw new Error("broken");
            },
            { readAhead },
          );
          await whole.next();
          await whole.next().catch(() => {});
        }
        expect(signal?.aborted).toBe(false);
      }
    }
  });

  it("aborts with an AbortError as the reason (S7)", async () => {
    const { stream } = recorded();
    let signal: AbortSignal | undefined;
    const left = stream(async function* (context) {
      signal = context.signal;
      yield 1;
    });
    await left.next();
    await left.return();
    expect(signal?.reason).toMatchObject({ name: "AbortError" });
  });

  it("aborts for a handler that asks for its signal only in finally (S7)", async () => {
    const { stream, log } = recorded();
    const left = stream(async function* (context) {
      try {
        yield 1;
      } finally {
        log.push(`aborted: ${context.signal.aborted}`);
      }
    });
    await left.next();
    await left.return();
    expect(log).toEqual(["aborted: true"]);
  });

  it("ends an iterator without return(): its scope closes (S7, S12)", async () => {
    const { stream, log } = recorded();
    const left = stream((context) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          await begin(context, log);
          return { done: false, value: 1 };
        },
      }),
    }));
    await left.next();
    await left.return();
    expect(log).toEqual(["enter", "abort", "commit"]);
  });

  it("an abandoned stream does not poison the next dispatch", async () => {
    const { stream, container } = recorded();
    await stream(async function* ({ resolve }) {
      await resolve(UnitOfWork);
      yield 1;
    }).next();
    const whole = stream(async function* ({ resolve }) {
      await resolve(UnitOfWork);
      yield 1;
    });
    await whole.next();
    await whole.next();
    expect(container.states).toEqual(["open", "committed"]);
  });
});
