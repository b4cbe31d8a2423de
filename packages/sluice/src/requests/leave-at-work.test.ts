import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf } from "../handlers/recording.fixture.js";
import { bootstrap, StreamingRequestHandler } from "../index.js";
import { Flow, Gates, quiet, rejection } from "../mediator/flow.fixture.js";
import { aborted, begin, done, Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("leaving while the handler is at work (S7)", () => {
  for (const readAhead of [0, 1]) {
    it(`answers the pending next() with done, and waits for a handler that honours the signal, readAhead ${readAhead} (S7)`, async () => {
      const { stream, log, mediator } = recorded();
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            yield 1;
            await aborted(context.signal);
          } finally {
            await quiet();
            log.push("finally");
          }
        },
        { readAhead },
      );
      await left.next();
      const next = left.next();
      await quiet();
      expect(await left.return()).toEqual(done);
      expect(await next).toEqual(done);
      log.push("left");
      // It threw on its way out, so its work is not whole.
      expect(log).toEqual(["enter", "abort", "finally", "rollback", "left"]);
      await mediator.close();
    });

    it(`waits for a handler that ignores the signal, and drops its item and its events, readAhead ${readAhead} (S7)`, async () => {
      const { stream, log, gates, mediator } = recorded();
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            yield 1;
            await gates.pass("work");
            context.emit(new Noted("of the dropped item"));
            yield 2;
            log.push("resumed");
          } finally {
            log.push("finally");
          }
        },
        { readAhead },
      );
      await left.next();
      const next = left.next();
      await quiet();
      const leaving = left.return();
      expect(await stateOf(leaving)).toBe("pending");
      expect(log).toEqual(["enter", "abort"]);
      await gates.open("work");
      await leaving;
      expect(await next).toEqual(done);
      expect(log).toEqual(["enter", "abort", "finally", "commit"]);
      await mediator.close();
    });
  }

  it("answers the pending next() before the handler is done, once the stream has had events (S7)", async () => {
    const { stream, gates } = recorded();
    const left = stream(async function* ({ emit }) {
      emit(new Noted("a"));
      yield 1;
      await gates.pass("work");
    });
    const first = left.next();
    await quiet();
    await gates.open("a");
    await first;
    const next = left.next();
    await quiet();
    const leaving = left.return();
    expect(await next).toEqual(done);
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("work");
    await leaving;
  });

  it("waits for the next() of an iterator that has no return(), before the scope closes (S7, S12)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, log, gates, mediator } = recorded();
      const left = stream(
        (context) => ({
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              await begin(context, log);
              await gates.pass("work");
              log.push("work done");
              return { done: false, value: 1 };
            },
          }),
        }),
        { readAhead },
      );
      const next = left.next();
      await quiet();
      const leaving = left.return();
      await quiet();
      expect(log).toEqual(["enter", "abort"]);
      await gates.open("work");
      await leaving;
      expect(await next).toEqual(done);
      expect(log).toEqual(["enter", "abort", "work done", "commit"]);
      await mediator.close();
    }
  });

  it("leaves while the handler is still being resolved: it is resolved, never begun, and its scope closes (S7)", async () => {
    const log: string[] = [];
    const gates = new Gates();
    class Items extends StreamingRequestHandler<Flow<number>> {
      async *handle() {
        log.push("handled");
        yield 1;
      }
    }
    const container = new RecordingContainer({
      log,
      make: async (token) => {
        await gates.pass("resolve");
        log.push("resolved");
        return new (token as new () => never)();
      },
    });
    const mediator = bootstrap({ container, commandsMapper: (map) => map.bind(Flow, Items) });
    const left = mediator.stream(new Flow<number>(async function* () {}));
    const next = left.next();
    const leaving = left.return();
    expect(await next).toEqual(done);
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("resolve");
    await leaving;
    expect(log).toEqual(["enter", "resolved", "commit"]);
    await mediator.close();
  });

  it("settles when the container then fails to resolve (S7)", async () => {
    const resolving = Promise.withResolvers<never>();
    class Items extends StreamingRequestHandler<Flow<number>> {
      async *handle() {
        yield 1;
      }
    }
    const container = new RecordingContainer({ make: () => resolving.promise });
    const mediator = bootstrap({ container, commandsMapper: (map) => map.bind(Flow, Items) });
    const left = mediator.stream(new Flow<number>(async function* () {}));
    const next = left.next();
    const leaving = left.return();
    resolving.reject(new Error("not registered"));
    expect(await next).toEqual(done);
    expect(await rejection(leaving)).toMatchObject({ code: "SLUICE_HANDLER_CONSTRUCTION" });
    expect(container.states).toEqual(["rolled back"]);
    await mediator.close();
  });
});
