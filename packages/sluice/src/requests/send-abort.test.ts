import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { Do, quiet, rejection } from "../mediator/flow.fixture.js";
import { Noted, reason, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("a send whose signal aborts (S8)", () => {
  it("rejects at once; the handler goes on to its own end, and its events are processed all the same", async () => {
    const { send, log, gates, outside, mediator, container } = {
      ...recorded(),
      outside: new WatchedSignal(),
    };
    const answer = send(
      async ({ emit, resolve, signal }) => {
        await resolve(UnitOfWork);
        signal.addEventListener("abort", () => log.push("abort"));
        await gates.pass("work");
        emit(new Noted("a"));
        log.push("answered");
      },
      { signal: outside.signal },
    );
    await quiet();
    outside.abort(reason);
    expect(await rejection(answer)).toBe(reason);
    expect(log).toEqual(["enter", "abort"]);
    const closing = mediator.close();
    await gates.open("work");
    await gates.open("a");
    await closing;
    expect(log).toEqual(["enter", "abort", "answered", "commit", "event a", "event a done"]);
    expect(container.states).toEqual(["committed"]);
    expect(outside.listeners).toBe(0);
  });

  it("rejects at once during the events, which go on (S8)", async () => {
    const outside = new WatchedSignal();
    const { send, log, gates, mediator } = recorded({ maxConcurrentEventHandlers: 1 });
    const answer = send(
      ({ emit }) => {
        emit(new Noted("a"));
        emit(new Noted("b"));
      },
      { signal: outside.signal },
    );
    await quiet();
    outside.abort(reason);
    expect(await rejection(answer)).toBe(reason);
    await gates.openAll();
    expect(log).toEqual(["event a", "event a done", "event b", "event b done"]);
    await mediator.close();
    expect(outside.listeners).toBe(0);
  });

  it("runs nothing when it was aborted before (S8)", async () => {
    const { send, mediator } = recorded();
    const body = vi.fn();
    expect(await rejection(send(body, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(body).not.toHaveBeenCalled();
    await mediator.close();
  });

  it("rejects at once while the mediator starts, and then runs nothing (S8)", async () => {
    const started = Promise.withResolvers<void>();
    const outside = new WatchedSignal();
    const { send, mediator } = recorded({ onStartup: () => started.promise });
    const body = vi.fn();
    const answer = send(body, { signal: outside.signal });
    answer.catch(() => {});
    await quiet();
    outside.abort(reason);
    expect(await stateOf(answer)).toBe("rejected");
    expect(await rejection(answer)).toBe(reason);
    started.resolve();
    await quiet();
    expect(body).not.toHaveBeenCalled();
    await mediator.close();
    expect(outside.listeners).toBe(0);
  });

  it("logs what fails afterwards, but not the abort itself (S8)", async () => {
    for (const [error, isLogged] of [
      [new Error("broken"), true],
      [reason, false],
      [new DOMException("stop", "AbortError"), false],
    ] as const) {
      const outside = new WatchedSignal();
      const { send, gates, logger, mediator } = recorded();
      const answer = send(() => gates.pass("work"), { signal: outside.signal });
      await quiet();
      outside.abort(reason);
      expect(await rejection(answer)).toBe(reason);
      await gates.fail("work", error);
      expect(logger.details).toEqual(isLogged ? [expect.objectContaining({ error })] : []);
      await mediator.close();
    }
  });

  it("leaves no listener behind, however the send ends (S8)", async () => {
    for (const options of [
      {},
      { middlewares: [{ request: (_: unknown, next: () => Promise<unknown>) => next() }] },
    ]) {
      const outside = new WatchedSignal();
      const { send, mediator } = recorded({
        ...options,
        domainEventsMapper: (map) => map.bind(Noted, () => {}),
      });
      const { signal } = outside;
      await send(() => 1, { signal });
      await send(({ emit, signal: own }) => own.aborted || emit(new Noted("a")), { signal });
      await rejection(
        send(
          ({ signal: own }) => {
            throw own;
          },
          { signal },
        ),
      );
      await rejection(send(() => Promise.reject(new Error("broken")), { signal }));
      expect(outside.listeners).toBe(0);
      await mediator.close();
    }
  });

  it("is inherited through context.mediator, and cut off with null (S8)", async () => {
    const outside = new WatchedSignal();
    const { mediator } = recorded();
    const seen: boolean[] = [];
    const answer = mediator.send(
      new Do(async (context) => {
        outside.abort(reason);
        const see = new Do(({ signal }) => {
          seen.push(signal.aborted);
        });
        seen.push(context.signal.aborted);
        await context.mediator.send(see, { signal: null });
        await rejection(context.mediator.send(see));
      }),
      { signal: outside.signal },
    );
    expect(await rejection(answer)).toBe(reason);
    await mediator.close();
    expect(seen).toEqual([true, false]);
  });
});
