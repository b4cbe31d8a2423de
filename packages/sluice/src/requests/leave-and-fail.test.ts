import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrap, YieldAfterReturnError } from "../index.js";
import { bindBodies, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import { aborted, begin, done, Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("a handler that fails while it is stopped (S7)", () => {
  it("tells what finally threw: return() rejects with it, once, and the scope rolls back (S7)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, container, mediator } = recorded();
      const error = new Error("cannot clean up");
      const left = stream(
        async function* ({ resolve }) {
          await resolve(UnitOfWork);
          try {
            yield* [1, 2, 3];
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
            throw error;
          }
        },
        { readAhead },
      );
      await left.next();
      const [first, second] = await Promise.allSettled([left.return(), left.return()]);
      expect(first).toEqual({ status: "rejected", reason: error });
      expect(second).toEqual({ status: "fulfilled", value: done });
      expect(container.units).toMatchObject([{ state: "rolled back", error }]);
      expect(await left.return()).toEqual(done);
      expect(await left.next()).toEqual(done);
      await mediator.close();
    }
  });

  it("is told once to a consumer that breaks out of a stream it also disposes (S7)", async () => {
    const { stream } = recorded();
    const error = new Error("cannot clean up");
    const read = async () => {
      await using left = stream(async function* () {
        try {
          yield 1;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
          throw error;
        }
      });
      for await (const _ of left) break;
    };
    expect(await rejection(read())).toBe(error);
  });

  it("takes the reason of its own abort for no failure: the handler that throws it has obeyed (S7)", async () => {
    const { stream, container } = recorded();
    const left = stream(async function* ({ signal, resolve }) {
      await resolve(UnitOfWork);
      yield 1;
      await aborted(signal);
    });
    await left.next();
    left.next();
    await quiet();
    expect(await left.return()).toEqual(done);
    expect(container.states).toEqual(["rolled back"]);
  });

  it("tells what a handler threw that was at work when it was told to stop (S7)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, gates, container, mediator } = recorded();
      const left = stream(
        async function* ({ resolve }) {
          await resolve(UnitOfWork);
          yield 1;
          await gates.pass("work");
        },
        { readAhead },
      );
      await left.next();
      const next = left.next();
      await quiet();
      const leaving = left.return();
      leaving.catch(() => {});
      const error = new Error("the work failed");
      await gates.fail("work", error);
      expect(await rejection(leaving)).toBe(error);
      expect(await next).toEqual(done);
      expect(container.units).toMatchObject([{ state: "rolled back", error }]);
      await mediator.close();
    }
  });

  it("ends a handler that yields in finally, and says so (S7)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, log, mediator } = recorded();
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            yield* [1, 2, 3];
          } finally {
            context.emit(new Noted("unwanted"));
            yield 4;
          }
        },
        { readAhead },
      );
      await left.next();
      const error = await rejection(left.return());
      expect(error).toBeInstanceOf(YieldAfterReturnError);
      expect(error.message).toMatch(/yielded after/);
      expect(await left.next()).toEqual(done);
      expect(log).toEqual(["enter", "abort", "rollback"]);
      await mediator.close();
    }
  });

  it("tells when the scope cannot commit (S7)", async () => {
    const refused = new Error("commit refused");
    const container = new RecordingContainer({
      onClose: () => {
        throw refused;
      },
    });
    const mediator = bootstrap({ container, commandsMapper: bindBodies });
    const left = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
      }),
    );
    await left.next();
    expect(await rejection(left.return())).toBe(refused);
    await mediator.close();
  });
});
