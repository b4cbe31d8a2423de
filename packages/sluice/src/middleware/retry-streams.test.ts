import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { collect, Flow, finished, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { boom, setUp } from "./retry.fixture.js";
import { retry } from "./retry.js";

fakeTimers();

afterEach(() => {
  vi.restoreAllMocks();
});

describe("retry of a stream", () => {
  function flow(failures: number, after = 0) {
    const log: string[] = [];
    const request = new Flow<number>(async function* ({ resolve }) {
      await resolve(UnitOfWork);
      try {
        log.push("opened");
        for (let n = 1; n <= after; n++) yield n;
        if (log.filter((line) => line === "opened").length <= failures) throw boom;
        yield 7;
      } finally {
        log.push("finally");
      }
    });
    return { log, request };
  }

  it("opens it again while nothing was delivered, each time in a scope of its own (U1)", async () => {
    const { mediator, container } = setUp({ attempts: 3, delay: 0 });
    const { request, log } = flow(2);
    const items = collect(mediator.stream(request));
    await vi.runAllTimersAsync();
    expect(await items).toEqual([7]);
    expect(log).toEqual(["opened", "finally", "opened", "finally", "opened", "finally"]);
    expect(container.log).toEqual(["enter", "rollback", "enter", "rollback", "enter", "commit"]);
  });

  it("never opens it again once an item was delivered (S6)", async () => {
    const { mediator } = setUp({ attempts: 3, delay: 0 });
    const { request, log } = flow(9, 1);
    const stream = mediator.stream(request);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(await rejection(stream.next())).toBe(boom);
    await vi.runAllTimersAsync();
    expect(log).toEqual(["opened", "finally"]);
  });

  it("gives the last error, after as many tries as it was told", async () => {
    const { mediator } = setUp({ attempts: 2, delay: 0 });
    const { request, log } = flow(9);
    const pending = rejection(mediator.stream(request).next());
    await vi.runAllTimersAsync();
    expect(await pending).toBe(boom);
    expect(log).toHaveLength(4);
  });

  it("is over when it ends without an item", async () => {
    const { mediator } = setUp({ attempts: 3 });
    let opened = 0;
    const stream = mediator.stream(
      new Flow(async function* () {
        opened++;
        yield* [];
      }),
    );
    expect(await collect(stream)).toEqual([]);
    expect(opened).toBe(1);
  });

  it("stops waiting when the signal aborts (S8)", async () => {
    const { mediator } = setUp({ attempts: 3, delay: () => 1_000 });
    const caller = new WatchedSignal();
    const { request, log } = flow(9);
    const stream = mediator.stream(request, { signal: caller.signal });
    const pending = rejection(stream.next());
    await quiet();
    expect(vi.getTimerCount()).toBe(1);
    const reason = new Error("The caller left.");
    caller.abort(reason);
    expect(await pending).toBe(reason);
    await finished(stream.return(undefined));
    expect(log).toEqual(["opened", "finally"]);
    expect(caller.listeners).toBe(0);
  });

  it("stops waiting when the consumer leaves (S7)", async () => {
    const { mediator } = setUp({ attempts: 3, delay: () => 1_000 });
    const { request, log } = flow(9);
    const stream = mediator.stream(request);
    const pending = stream.next();
    await quiet();
    expect(vi.getTimerCount()).toBe(1);
    await finished(stream.return(undefined));
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(log).toEqual(["opened", "finally"]);
  });

  it("stops waiting when a middleware around it returns it", async () => {
    const { stream } = retry({ attempts: 2, delay: () => 1_000 });
    const failing: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(boom) }),
    };
    const context = {
      signal: new AbortController().signal,
      logger: new RecordingLogger(),
      handlerName: "Handler",
    };
    const iterator = stream(new Flow(() => failing), () => failing, context as never)[Symbol.asyncIterator]();
    const pending = rejection(iterator.next());
    await quiet();
    expect(await stateOf(pending)).toBe("pending");
    await iterator.return?.();
    expect((await pending).name).toBe("AbortError");
  });

  it("passes return() and throw() on (S7)", async () => {
    const { mediator } = setUp({ attempts: 3 });
    const { request, log } = flow(0);
    for await (const _ of mediator.stream(request)) break;
    const stream = mediator.stream(request);
    await stream.next();
    expect(await rejection(stream.throw(boom))).toBe(boom);
    expect(log).toEqual(["opened", "finally", "opened", "finally"]);
  });
});
