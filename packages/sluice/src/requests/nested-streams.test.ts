import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../index.js";
import { bindBodies, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import { abortable, aborted, begin, done, Noted, reason, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("a stream inside a stream (S7)", () => {
  it("ends the inner one first: its finally and its scope, then the outer's, then return() settles (S7)", async () => {
    const { stream, log, mediator } = recorded();
    const inner = new Flow(async function* (context) {
      await begin(context, log);
      try {
        yield 1;
        yield 2;
      } finally {
        await quiet();
        log.push("inner finally");
      }
    });
    const left = stream(async function* (context) {
      await begin(context, log);
      try {
        yield* context.mediator.stream(inner);
      } finally {
        log.push("outer finally");
      }
    });
    await left.next();
    await left.return();
    expect(log).toEqual([
      "enter",
      "enter",
      "abort",
      "abort",
      "inner finally",
      "commit",
      "outer finally",
      "commit",
    ]);
    await mediator.close();
  });

  it("ends the inner one first when it is at work: an inner handler that honours the signal (S7)", async () => {
    for (const throughContext of [true, false]) {
      const closing = Promise.withResolvers<void>();
      const log: string[] = [];
      const closed: unknown[] = [];
      const container = new RecordingContainer({
        log,
        onClose: async (error) => {
          closed.push(error);
          if (closed.length === 1) await closing.promise;
        },
      });
      const mediator = bootstrap({ container, commandsMapper: bindBodies });
      const inner = new Flow(async function* (context) {
        await context.resolve(UnitOfWork);
        try {
          yield 1;
          await aborted(context.signal);
        } finally {
          await quiet();
          log.push("inner finally");
        }
      });
      const left = mediator.stream(
        new Flow(async function* (context) {
          await context.resolve(UnitOfWork);
          try {
            for await (const item of (throughContext ? context.mediator : mediator).stream(inner)) yield item;
          } finally {
            log.push("outer finally");
          }
        }),
        // Whoever calls with metadata has its handlers known through any reference to the mediator.
        { metadata: { headers: {} } },
      );
      await left.next();
      left.next();
      await quiet();
      const leaving = left.return();
      await quiet();
      expect(await stateOf(leaving)).toBe("pending");
      expect(log).toEqual(["enter", "enter", "inner finally"]);
      closing.resolve();
      await leaving;
      expect(log.slice(2)).toEqual(["inner finally", "rollback", "outer finally", "rollback"]);
      await mediator.close();
    }
  });

  it("lets a finally send what must still be done, cut off from the signal (S7)", async () => {
    const { stream, log } = recorded();
    const left = stream(async function* (context) {
      try {
        yield 1;
      } finally {
        const { mediator } = context;
        await mediator
          .stream(new Flow(async function* () {}))
          .next()
          .catch(() => log.push("refused"));
        const cleanUp = new Flow(async function* ({ signal }) {
          yield `clean, aborted: ${signal.aborted}`;
        });
        for await (const item of mediator.stream(cleanUp, { signal: null })) log.push(item as string);
      }
    });
    await left.next();
    await left.return();
    expect(log).toEqual(["refused", "clean, aborted: false"]);
  });
});

describe("a stream inside a stream, aborted from outside (S8)", () => {
  it("rejects the outer next() at once; return() awaits the inner clean-up, then the outer's (S8, S7)", async () => {
    for (const honours of [true, false]) {
      const { stream, log, gates, outside, isIdle } = abortable();
      const inner = new Flow(async function* ({ resolve, signal }) {
        await resolve(UnitOfWork);
        try {
          yield 1;
          if (honours) await aborted(signal);
          else await gates.pass("work");
          yield 2;
        } finally {
          await gates.pass("clean-up");
          log.push("inner finally");
        }
      });
      const cut = stream(async function* ({ mediator, resolve }) {
        await resolve(UnitOfWork);
        try {
          for await (const item of mediator.stream(inner)) yield item;
        } finally {
          log.push("outer finally");
        }
      });
      await cut.next();
      const next = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(next)).toBe(reason);
      const leaving = cut.return();
      expect(await stateOf(leaving)).toBe("pending");
      if (!honours) await gates.open("work");
      expect(log).toEqual(["enter", "enter"]);
      await gates.open("clean-up");
      await leaving;
      expect(log.slice(2)).toEqual(["inner finally", "rollback", "outer finally", "rollback"]);
      await isIdle();
    }
  });

  it("tells the outer handler of the abort, not of a complete stream, when the inner one's last events are dropped (S8, S4)", async () => {
    const { stream, log, gates, outside, isIdle } = abortable({ maxConcurrentEventHandlers: 1 });
    const inner = new Flow(async function* ({ emit, signal }) {
      signal.throwIfAborted();
      yield 1;
      emit(new Noted("a"));
      emit(new Noted("dropped"));
    });
    const cut = stream(async function* ({ mediator }) {
      const items = mediator.stream(inner);
      await items.next();
      yield "begun";
      log.push(`outer: ${await items.next().then(() => "complete", String)}`);
    });
    await cut.next();
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    await gates.open("a");
    await cut.return();
    expect(log).toEqual(["event a", "event a done", `outer: ${reason}`]);
    await isIdle();
  });

  it("lets an inner stream that had failed answer all its calls when the abort comes from above (S10, S6)", async () => {
    const closing = Promise.withResolvers<void>();
    const container = new RecordingContainer({ onClose: () => closing.promise });
    const { stream, log, outside, isIdle } = abortable({ container });
    const inner = new Flow(async function* ({ resolve, signal }) {
      await resolve(UnitOfWork);
      signal.throwIfAborted();
      yield 1;
      throw new Error("broken");
    });
    const cut = stream(async function* ({ mediator }) {
      const items = mediator.stream(inner);
      await items.next();
      yield "begun";
      const calls = await Promise.allSettled([items.next(), items.next()]);
      calls.push(...(await Promise.allSettled([items.next()])));
      log.push(...calls.map((call) => (call.status === "rejected" ? String(call.reason) : "done")));
    });
    await cut.next();
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    closing.resolve();
    await cut.return();
    expect(log).toEqual(["Error: broken", "done", "done"]);
    await isIdle();
  });

  it("aborts only the inner one by a signal of its own (S8)", async () => {
    const { mediator, stream, isIdle } = abortable();
    const own = new WatchedSignal();
    const inner = new Flow(async function* ({ signal }) {
      yield 1;
      await aborted(signal);
    });
    const outer = stream(async function* (context) {
      const items = context.mediator.stream(inner, { signal: own.signal });
      await items.next();
      const next = items.next();
      await quiet();
      own.abort(reason);
      yield await rejection(next);
      yield context.signal.aborted;
      await items.return();
    });
    expect(await outer.next()).toEqual({ done: false, value: reason });
    expect(await outer.next()).toEqual({ done: false, value: false });
    expect(await outer.next()).toEqual(done);
    expect(own.listeners).toBe(0);
    await mediator.close();
    await isIdle();
  });
});
