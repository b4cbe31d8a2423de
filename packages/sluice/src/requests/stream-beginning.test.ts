import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, WatchedSignal } from "../handlers/recording.fixture.js";
import {
  bootstrapStreaming,
  Command,
  InvalidRequestError,
  type ItemStream,
  NoHandlerError,
  SluiceError,
  StreamingRequestHandler,
  type StreamOptions,
} from "../index.js";
import { bindBodies, collect, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import { done, item, streamOf } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("the beginning of a stream (S1, S9)", () => {
  class Count extends Command<number> {}

  it("is synchronous and does nothing before the first next() (S1)", async () => {
    const log: string[] = [];
    class CountHandler extends StreamingRequestHandler<Count> {
      constructor() {
        super();
        log.push("constructed");
      }
      async *handle() {
        log.push("handled");
        yield 1;
      }
    }
    const container = new RecordingContainer({ log });
    const outside = new WatchedSignal();
    const mediator = bootstrapStreaming({
      container,
      commandsMapper: (map) => map.bind(Count, CountHandler),
      onStartup: () => log.push("started"),
      middlewares: [
        {
          stream: (_request, next) => {
            log.push("middleware");
            return next();
          },
        },
      ],
    });
    await quiet();
    log.length = 0;
    const stream = mediator.stream(new Count(), { signal: outside.signal });
    await quiet();
    expect(log).toEqual([]);
    expect(outside.listeners).toBe(0);
    expect(await stream.next()).toEqual(item(1));
    expect(log).toEqual(["middleware", "enter", "constructed", "handled"]);
    await stream.return();
  });

  it("gives an async iterator that iterates itself and is AsyncDisposable (S1)", async () => {
    const stream = streamOf(async function* () {
      yield 1;
    });
    expect(stream).not.toBeInstanceOf(Promise);
    expect(stream[Symbol.asyncIterator]()).toBe(stream);
    const left: string[] = [];
    {
      await using disposed = streamOf(async function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          left.push("finally");
        }
      });
      await disposed.next();
    }
    expect(left).toEqual(["finally"]);
    expect(await collect(stream)).toEqual([1]);
  });

  it("leaves nothing behind when it was never started: no handler, scope, listener, and nothing to close (S9)", async () => {
    for (const leave of [
      (stream: ItemStream<number>) => stream.return(),
      (stream: ItemStream<number>) => stream[Symbol.asyncDispose](),
      (stream: ItemStream<number>) => stream.throw(new Error("unwanted")).catch(() => {}),
      () => {},
    ]) {
      let constructed = 0;
      class CountHandler extends StreamingRequestHandler<Count> {
        constructor() {
          super();
          constructed++;
        }
        async *handle() {
          yield 1;
        }
      }
      const container = new RecordingContainer();
      const mediator = bootstrapStreaming({
        container,
        commandsMapper: (map) => map.bind(Count, CountHandler),
      });
      const outside = new WatchedSignal();
      const stream = mediator.stream(new Count(), { signal: outside.signal });
      await leave(stream);
      expect(constructed).toBe(0);
      expect(container.units).toEqual([]);
      expect(outside.listeners).toBe(0);
      await mediator.close();
    }
  });

  it("is over when it was left before it began (S9)", async () => {
    const body = vi.fn(async function* () {
      yield 1;
    });
    const returned = streamOf(body);
    expect(await returned.return("left")).toEqual({ done: true, value: "left" });
    expect(await returned.next()).toEqual(done);
    const thrown = streamOf(body);
    const error = new Error("unwanted");
    expect(await rejection(thrown.throw(error))).toBe(error);
    expect(await thrown.next()).toEqual(done);
    expect(body).not.toHaveBeenCalled();
  });

  it("refuses at once what is no request, has no handler, or has options out of range (R2)", () => {
    const mediator = bootstrapStreaming({ commandsMapper: bindBodies });
    const stream = (request: unknown, options?: unknown) => () =>
      mediator.stream(request as Command, options as StreamOptions);
    expect(stream(new Count())).toThrow(NoHandlerError);
    expect(stream(new Count())).toThrow(/Count/);
    expect(stream({})).toThrow(InvalidRequestError);
    expect(stream(undefined)).toThrow(InvalidRequestError);
    const flow = new Flow(async function* () {});
    for (const readAhead of [-1, 1.5, Number.NaN, "3", null]) {
      expect(stream(flow, { readAhead })).toThrow(/readAhead/);
    }
    expect(stream(flow, { signal: "stop" })).toThrow(/signal/);
    expect(stream(flow, { scope: {} })).toThrow(/scope/);
    expect(stream(flow, null)).toThrow(SluiceError);
  });
});
