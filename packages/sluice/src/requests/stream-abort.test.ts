import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap, CloseTimeoutError, StreamingRequestHandler } from "../index.js";
import { Flow, Gates, quiet, rejection } from "../mediator/flow.fixture.js";
import { abortable, aborted, begin, done, Noted, reason } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("an outside signal that aborts a stream (S8)", () => {
  it("rejects the first next() of a stream that was aborted before it began, and never begins it (S8, S9)", async () => {
    const { stream, container, outside, isIdle } = abortable();
    const body = vi.fn(async function* () {
      yield 1;
    });
    const before = stream(body);
    outside.abort(reason);
    const after = stream(body);
    for (const never of [before, after]) {
      expect(await rejection(never.next())).toBe(reason);
      expect(await never.next()).toEqual(done);
      expect(await never.return()).toEqual(done);
    }
    expect(body).not.toHaveBeenCalled();
    expect(container.units).toEqual([]);
    await isIdle();
  });

  for (const readAhead of [0, 1]) {
    it(`rejects a pending next() at once even when the handler is stuck; return() awaits its clean-up, readAhead ${readAhead} (S8)`, async () => {
      const { stream, log, gates, outside, isIdle } = abortable();
      const cut = stream(async function* (context) {
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
      }, readAhead);
      await cut.next();
      const next = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(next)).toBe(reason);
      log.push("rejected");
      const leaving = cut.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("work");
      expect(await leaving).toEqual(done);
      log.push("left");
      expect(log).toEqual(["enter", "abort", "rejected", "finally", "rollback", "left"]);
      await isIdle();
    });

    it(`is told once: to the pending next(), and done to those that wait behind it, readAhead ${readAhead} (S8, S10)`, async () => {
      const { stream, outside, isIdle } = abortable();
      const cut = stream(async function* ({ signal }) {
        yield 1;
        await aborted(signal);
      }, readAhead);
      await cut.next();
      const order: number[] = [];
      const calls = [1, 2, 3].map((n) => cut.next().finally(() => order.push(n)));
      await quiet();
      outside.abort(reason);
      const [first, ...others] = await Promise.allSettled(calls);
      expect(first).toEqual({ status: "rejected", reason });
      expect(others).toMatchObject([{ value: done }, { value: done }]);
      expect(order).toEqual([1, 2, 3]);
      expect(await cut.next()).toEqual(done);
      await cut.return();
      await isIdle();
    });

    it(`tells the following next() of an abort between two calls, once, readAhead ${readAhead} (S8)`, async () => {
      const { stream, log, container, outside, isIdle } = abortable();
      const cut = stream(async function* (context) {
        await begin(context, log);
        try {
          yield* [1, 2, 3];
        } finally {
          log.push("finally");
        }
      }, readAhead);
      await cut.next();
      outside.abort(reason);
      await quiet();
      expect(log).toEqual(["enter", "abort", "finally", "rollback"]);
      expect(container.units[0]?.error).toBe(reason);
      expect(await rejection(cut.next())).toBe(reason);
      expect(await cut.next()).toEqual(done);
      await isIdle();
    });

    it(`awaits the event handlers that run, drops the others, and rejects at once, readAhead ${readAhead} (S8, S7)`, async () => {
      const { stream, log, gates, outside, isIdle } = abortable({ maxConcurrentEventHandlers: 1 });
      const cut = stream(async function* (context) {
        await begin(context, log);
        try {
          context.emit(new Noted("a"));
          context.emit(new Noted("b"));
          yield* [1, 2, 3];
        } finally {
          log.push("finally");
        }
      }, readAhead);
      const next = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(next)).toBe(reason);
      const leaving = cut.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("a");
      await leaving;
      expect(log).toEqual(["enter", "event a", "abort", "finally", "event a done", "rollback"]);
      await isIdle();
    });

    it(`stops during the last events: those that run are awaited, readAhead ${readAhead} (S8, S4)`, async () => {
      const { stream, log, gates, outside, isIdle } = abortable({ maxConcurrentEventHandlers: 1 });
      const cut = stream(async function* ({ emit }) {
        yield 1;
        emit(new Noted("a"));
        emit(new Noted("b"));
      }, readAhead);
      await cut.next();
      const end = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(end)).toBe(reason);
      expect(await cut.next()).toEqual(done);
      const leaving = cut.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("a");
      await leaving;
      expect(log).toEqual(["event a", "event a done"]);
      await isIdle();
    });
  }

  it("says nothing any more to a consumer that has left by return() (S8)", async () => {
    const { stream, outside, isIdle } = abortable();
    const cut = stream(async function* () {
      yield* [1, 2];
    });
    await cut.next();
    outside.abort(reason);
    expect(await cut.return()).toEqual(done);
    expect(await cut.next()).toEqual(done);
    await isIdle();
  });

  it("does nothing when it aborts after the end (S8)", async () => {
    const { stream, log, outside, isIdle } = abortable();
    const whole = stream(async function* (context) {
      await begin(context, log);
      yield 1;
    });
    await whole.next();
    await whole.next();
    expect(outside.listeners).toBe(0);
    outside.abort(reason);
    await quiet();
    expect(log).toEqual(["enter", "commit"]);
    expect(await whole.next()).toEqual(done);
    await isIdle();
  });

  it("rejects at once while the handler is being resolved; its scope closes once it is (S8)", async () => {
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
        return new (token as new () => never)();
      },
    });
    const mediator = bootstrap({ container, commandsMapper: (map) => map.bind(Flow, Items) });
    const outside = new WatchedSignal();
    const cut = mediator.stream(new Flow<number>(async function* () {}), { signal: outside.signal });
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    expect(await cut.next()).toEqual(done);
    const leaving = cut.return();
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("resolve");
    await leaving;
    expect(log).toEqual(["enter", "rollback"]);
    expect(outside.listeners).toBe(0);
    await mediator.close();
  });

  it("rejects at once while the mediator starts, and never begins (S8)", async () => {
    const started = Promise.withResolvers<void>();
    const { stream, container, outside, isIdle } = abortable({ onStartup: () => started.promise });
    const body = vi.fn(async function* () {
      yield 1;
    });
    const cut = stream(body);
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await stateOf(next)).toBe("rejected");
    expect(await rejection(next)).toBe(reason);
    const leaving = cut.return();
    started.resolve();
    await leaving;
    expect(body).not.toHaveBeenCalled();
    expect(container.units).toEqual([]);
    await isIdle();
  });

  it("leaves while the mediator starts: next() is answered with done, and nothing begins (S7)", async () => {
    const started = Promise.withResolvers<void>();
    const { stream, container, isIdle } = abortable({ onStartup: () => started.promise });
    const body = vi.fn(async function* () {
      yield 1;
    });
    const left = stream(body);
    const next = left.next();
    const leaving = left.return();
    expect(await next).toEqual(done);
    started.resolve();
    await leaving;
    expect(body).not.toHaveBeenCalled();
    expect(container.units).toEqual([]);
    await isIdle();
  });

  it("gives up waiting after closeTimeoutMs when the handler never settles, and names it (S8)", async () => {
    const { mediator, outside } = abortable({ closeTimeoutMs: 500 });
    const cut = mediator.stream(
      new Flow(async function* () {
        await new Promise(() => {});
        yield 1;
      }),
      { signal: outside.signal },
    );
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    const leaving = cut.return();
    await quiet();
    vi.advanceTimersByTime(500);
    const error = await rejection(leaving);
    expect(error).toBeInstanceOf(CloseTimeoutError);
    expect(error.message).toContain("500 ms");
    expect(error).toMatchObject({ stillRunning: ["an anonymous handler"] });
    expect(outside.listeners).toBe(0);
  });

  it("takes a reason of any kind: undefined becomes an AbortError, null and text stay (S8)", async () => {
    for (const given of [undefined, null, "text", new TypeError("x")]) {
      const controller = new AbortController();
      const { mediator } = abortable();
      const cut = mediator.stream(
        new Flow(async function* ({ signal }) {
          yield 1;
          await aborted(signal);
        }),
        { signal: controller.signal },
      );
      await cut.next();
      const next = cut.next();
      await quiet();
      controller.abort(given);
      expect(await next.catch((error: unknown) => ({ error }))).toEqual({ error: controller.signal.reason });
      await cut.return();
      await mediator.close();
    }
  });

  it("gives the reason of a signal that times out (S8)", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("too slow", "TimeoutError")), 100);
    const { mediator } = abortable();
    const cut = mediator.stream(
      new Flow(async function* ({ signal }) {
        yield 1;
        await aborted(signal);
      }),
      { signal: controller.signal },
    );
    await cut.next();
    const next = cut.next();
    await quiet();
    vi.advanceTimersByTime(100);
    expect(await rejection(next)).toMatchObject({ name: "TimeoutError" });
    await cut.return();
    await mediator.close();
  });
});
