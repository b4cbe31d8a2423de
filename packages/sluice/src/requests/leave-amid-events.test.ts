import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../index.js";
import { bindBodies, Flow, Gates, quiet, rejection } from "../mediator/flow.fixture.js";
import { begin, done, Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("leaving while events are handled (S7)", () => {
  for (const readAhead of [0, 1]) {
    it(`awaits the events that run, drops those that have not started, and orphans none, readAhead ${readAhead} (S7)`, async () => {
      const { stream, log, gates, mediator } = recorded({ maxConcurrentEventHandlers: 2 });
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            for (const name of ["a", "b", "c"]) context.emit(new Noted(name));
            yield 1;
            yield 2;
            yield 3;
          } finally {
            log.push("finally");
          }
        },
        { readAhead },
      );
      const next = left.next();
      await quiet();
      expect(log).toEqual(["enter", "event a", "event b"]);
      const leaving = left.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("b");
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("a");
      await leaving;
      expect(await next).toEqual(done);
      expect(log).toEqual([
        "enter",
        "event a",
        "event b",
        "abort",
        "finally",
        "event b done",
        "event a done",
        "commit",
      ]);
      await mediator.close();
    });
  }

  it("starts no follow-up of an event that was running when the consumer left (S7)", async () => {
    const gates = new Gates();
    const log: string[] = [];
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Noted, async ({ name }, { emit }) => {
          log.push(name);
          await gates.pass(name);
          emit(new Noted(`follow-up of ${name}`));
        }),
    });
    const left = mediator.stream(
      new Flow(async function* ({ emit }) {
        emit(new Noted("a"));
        yield 1;
      }),
    );
    left.next();
    await quiet();
    const leaving = left.return();
    await gates.open("a");
    await leaving;
    expect(log).toEqual(["a"]);
    await mediator.close();
  });

  it("tells what event handlers threw after the consumer left: return() rejects with it (S7, E6)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, gates, mediator } = recorded();
      const left = stream(
        async function* ({ emit }) {
          emit(new Noted("a"));
          yield 1;
        },
        { readAhead },
      );
      left.next();
      await quiet();
      const leaving = left.return();
      leaving.catch(() => {});
      await gates.fail("a", new TypeError("refused"));
      expect(await rejection(leaving)).toMatchObject({
        code: "SLUICE_EVENT_HANDLING",
        errors: [{ message: "refused" }],
      });
      await mediator.close();
    }
  });

  it("awaits the last events that run, and drops the others (S7, S4)", async () => {
    const { stream, log, gates, mediator } = recorded({ maxConcurrentEventHandlers: 1 });
    const left = stream(async function* ({ emit }) {
      yield 1;
      emit(new Noted("a"));
      emit(new Noted("b"));
    });
    await left.next();
    const end = left.next();
    await quiet();
    const leaving = left.return();
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("a");
    await leaving;
    expect(await end).toEqual(done);
    expect(log).toEqual(["event a", "event a done"]);
    await mediator.close();
  });

  it("answers the pending next() with done at once during the last events, and return() tells of their failures (S7, E6)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, gates, logger, mediator } = recorded();
      const outside = new WatchedSignal();
      const left = stream(
        async function* ({ emit }) {
          yield 1;
          emit(new Noted("a"));
        },
        { readAhead, signal: outside.signal },
      );
      await left.next();
      const end = left.next();
      await quiet();
      const leaving = left.return();
      leaving.catch(() => {});
      expect(await stateOf(end)).toBe("fulfilled");
      expect(await end).toEqual(done);
      outside.abort();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.fail("a", new TypeError("refused"));
      expect(await rejection(leaving)).toMatchObject({ errors: [{ message: "refused" }] });
      expect(await left.next()).toEqual(done);
      expect(logger.lines).toEqual([]);
      expect(outside.listeners).toBe(0);
      await mediator.close();
    }
  });

  it("starts none of the last events when the consumer leaves while the scope is closing (S7)", async () => {
    const closing = Promise.withResolvers<void>();
    const handled: string[] = [];
    const container = new RecordingContainer({ onClose: () => closing.promise });
    const mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    });
    const left = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        emit(new Noted("last"));
      }),
    );
    await left.next();
    left.next();
    await quiet();
    const leaving = left.return();
    closing.resolve();
    await leaving;
    expect(handled).toEqual([]);
    expect(container.states).toEqual(["committed"]);
    await mediator.close();
  });
});
