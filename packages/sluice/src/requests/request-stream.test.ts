import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import {
  bootstrap,
  bootstrapStreaming,
  Command,
  EventHandlingError,
  InvalidRequestError,
  type ItemStream,
  NoHandlerError,
  SluiceError,
  StreamingRequestHandler,
  type StreamOptions,
} from "../index.js";
import { bindBodies, collect, Do, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import { done, FollowedUp, item, Noted, streamOf } from "./recorded.fixture.js";

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

describe("items and their events (S3, S4)", () => {
  it("gives three items, each with just its own event (S3)", async () => {
    const handled: string[] = [];
    const seen: [string, string[]][] = [];
    const stream = streamOf(
      async function* ({ emit }) {
        for (const name of ["a", "b", "c"]) {
          emit(new Noted(name));
          yield name;
        }
      },
      ({ name }) => handled.push(name),
    );
    for await (const name of stream) seen.push([name, handled.splice(0)]);
    expect(seen).toEqual([
      ["a", ["a"]],
      ["b", ["b"]],
      ["c", ["c"]],
    ]);
  });

  it("delivers an item only after its events and all their follow-ups are handled (S3)", async () => {
    const first = Promise.withResolvers<void>();
    const followUp = Promise.withResolvers<void>();
    const stream = streamOf(
      async function* ({ emit }) {
        emit(new Noted("a"));
        yield 1;
      },
      async (event, { emit }) => {
        await first.promise;
        emit(new FollowedUp(event.name));
      },
      () => followUp.promise,
    );
    const next = stream.next();
    expect(await stateOf(next)).toBe("pending");
    first.resolve();
    expect(await stateOf(next)).toBe("pending");
    followUp.resolve();
    expect(await next).toEqual(item(1));
    await stream.return();
  });

  it("does not resume the handler before the consumer asks again (S3)", async () => {
    const log: string[] = [];
    const stream = streamOf(
      async function* ({ emit }) {
        for (const name of ["a", "b"]) {
          log.push(`yield ${name}`);
          emit(new Noted(name));
          yield name;
        }
      },
      ({ name }) => log.push(`event ${name}`),
    );
    await stream.next();
    await quiet();
    expect(log).toEqual(["yield a", "event a"]);
    await stream.next();
    await quiet();
    expect(log).toEqual(["yield a", "event a", "yield b", "event b"]);
    expect(await stream.next()).toEqual(done);
  });

  it("clears the events between the yields: 1, 0, 1, 0 (S3)", async () => {
    const handled: string[] = [];
    const counts: number[] = [];
    const stream = streamOf(
      async function* ({ emit }) {
        for (let n = 0; n < 4; n++) {
          if (n % 2 === 0) emit(new Noted(String(n)));
          yield n;
        }
      },
      ({ name }) => handled.push(name),
    );
    for await (const _ of stream) counts.push(handled.splice(0).length);
    expect(counts).toEqual([1, 0, 1, 0]);
  });

  it("processes events that were emitted after the last yield before it reports done: none is lost (S4)", async () => {
    const gate = Promise.withResolvers<void>();
    const handled: string[] = [];
    const stream = streamOf(
      async function* ({ emit }) {
        try {
          yield 1;
          emit(new Noted("after the last yield"));
        } finally {
          emit(new Noted("in finally"));
        }
      },
      async ({ name }, { emit }) => {
        await gate.promise;
        handled.push(name);
        emit(new FollowedUp(`follow-up of ${name}`));
      },
      ({ name }) => handled.push(name),
    );
    await stream.next();
    const end = stream.next();
    expect(await stateOf(end)).toBe("pending");
    gate.resolve();
    expect(await end).toEqual(done);
    expect(handled.sort()).toEqual([
      "after the last yield",
      "follow-up of after the last yield",
      "follow-up of in finally",
      "in finally",
    ]);
  });

  it("processes events of a handler that yields nothing (S4)", async () => {
    const handled: string[] = [];
    const stream = streamOf(
      // biome-ignore lint/correctness/useYield: it streams no item.
      async function* ({ emit }) {
        emit(new Noted("a"));
      },
      ({ name }) => handled.push(name),
    );
    expect(await collect(stream)).toEqual([]);
    expect(handled).toEqual(["a"]);
  });

  it("rejects the end when its events fail, and is over then (S4, E6)", async () => {
    const container = new RecordingContainer();
    const mediator = bootstrapStreaming({
      container,
      scope: "dispatch",
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Noted, () => {
          throw new TypeError("refused");
        }),
    });
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        emit(new Noted("a"));
      }),
    );
    expect(await stream.next()).toEqual(item(1));
    const error = await rejection(stream.next());
    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error).toMatchObject({ errors: [{ message: "refused" }], response: undefined });
    expect(container.states).toEqual(["rolled back"]);
    expect(await stream.next()).toEqual(done);
    await mediator.close();
  });

  it("stops the handler when an item's events fail, and the error carries the item (S3, E6)", async () => {
    const log: string[] = [];
    const stream = streamOf(
      async function* ({ emit, signal }) {
        signal.addEventListener("abort", () => log.push("abort"));
        try {
          emit(new Noted("a"));
          yield "item a";
          log.push("resumed");
        } finally {
          log.push("finally");
        }
      },
      () => {
        throw new TypeError("refused");
      },
    );
    expect(await rejection(stream.next())).toMatchObject({
      code: "SLUICE_EVENT_HANDLING",
      response: "item a",
    });
    expect(log).toEqual(["abort", "finally"]);
    expect(await stream.next()).toEqual(done);
  });

  it("orphans no event handler on an error: those that run are awaited before it goes out (S3, E6)", async () => {
    for (const phase of ["item", "last"]) {
      const running = Promise.withResolvers<void>();
      const log: string[] = [];
      const stream = streamOf(
        async function* ({ emit }) {
          for (const name of ["fails", "runs"]) if (phase === "item") emit(new Noted(name));
          yield 1;
          for (const name of ["fails", "runs"]) emit(new Noted(name));
        },
        async ({ name }) => {
          if (name === "fails") throw new TypeError("refused");
          await running.promise;
          log.push("handled");
        },
      );
      if (phase === "last") await stream.next();
      const next = stream.next().catch(() => log.push("rejected"));
      await quiet();
      expect(log).toEqual([]);
      running.resolve();
      await next;
      expect(log).toEqual(["handled", "rejected"]);
    }
  });

  it("gives nothing for an empty generator (S4)", async () => {
    expect(await collect(streamOf(async function* () {}))).toEqual([]);
  });

  it("hands on what the handler returns", async () => {
    const stream = streamOf(async function* ({ emit }) {
      yield 1;
      emit(new Noted("a"));
      return "the end" as never;
    });
    await stream.next();
    expect(await stream.next()).toEqual({ done: true, value: "the end" });
    expect(await stream.next()).toEqual(done);
  });

  it("streams 1,000 items, with events and without, in order", async () => {
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    const handled: string[] = [];
    const plain = streamOf(async function* () {
      yield* numbers;
    });
    const withEvents = streamOf(
      async function* ({ emit }) {
        for (const n of numbers) {
          emit(new Noted(String(n)));
          yield n;
        }
      },
      ({ name }) => handled.push(name),
    );
    expect(await collect(plain)).toEqual(numbers);
    expect(await collect(withEvents)).toEqual(numbers);
    expect(handled).toEqual(numbers.map(String));
  });

  it("lets a middleware answer in the dispatcher's place", async () => {
    const body = vi.fn(async function* () {
      yield 1;
    });
    const mediator = bootstrapStreaming({
      commandsMapper: bindBodies,
      middlewares: [
        {
          stream: async function* () {
            yield 7;
          },
        },
      ],
    });
    expect(await collect(mediator.stream(new Flow(body)))).toEqual([7]);
    expect(body).not.toHaveBeenCalled();
  });
});

describe("what an item may be (S11)", () => {
  const values = [undefined, null, 0, "", false, Number.NaN, [undefined]];

  it("delivers undefined, null and every other falsy value, with events and without (S11)", async () => {
    const plain = streamOf(async function* () {
      yield* values;
    });
    const withEvents = streamOf(async function* ({ emit }) {
      for (const value of values) {
        emit(new Noted("x"));
        yield value;
      }
    });
    expect(await collect(plain)).toEqual(values);
    expect(await collect(withEvents)).toEqual(values);
  });

  it("keeps undefined and null apart when events fail on them (S11, E6)", async () => {
    for (const value of [undefined, null]) {
      const stream = streamOf(
        async function* ({ emit }) {
          emit(new Noted("x"));
          yield value;
        },
        () => {
          throw new Error("refused");
        },
      );
      expect(await rejection<EventHandlingError>(stream.next())).toHaveProperty("response", value);
    }
  });
});

describe("streams of one mediator (S13)", () => {
  it("lets no slow consumer block another stream: a stream that waits holds no slot (S13)", async () => {
    const mediator = bootstrapStreaming({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, async () => {}),
      maxConcurrentEventHandlers: 1,
    });
    const flow = () =>
      new Flow(async function* ({ emit }) {
        for (let n = 1; n <= 3; n++) {
          emit(new Noted(String(n)));
          yield n;
        }
      });
    const slow = mediator.stream(flow());
    await slow.next();
    expect(await collect(mediator.stream(flow()))).toEqual([1, 2, 3]);
    expect(await collect(slow)).toEqual([2, 3]);
  });

  it("lets streams share nothing but the limit (S13)", async () => {
    const gates = new Map([1, 2].map((n) => [`stream ${n}`, Promise.withResolvers<void>()]));
    const mediator = bootstrapStreaming({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, ({ name }) => gates.get(name)?.promise),
      maxConcurrentEventHandlers: 2,
    });
    const [first, second] = ["stream 1", "stream 2"].map((name) =>
      mediator
        .stream(
          new Flow(async function* ({ emit }) {
            emit(new Noted(name));
            yield name;
          }),
        )
        .next(),
    ) as [Promise<unknown>, Promise<unknown>];
    expect(await stateOf(Promise.race([first, second]))).toBe("pending");
    gates.get("stream 2")?.resolve();
    expect(await second).toEqual(item("stream 2"));
    expect(await stateOf(first)).toBe("pending");
    gates.get("stream 1")?.resolve();
    expect(await first).toEqual(item("stream 1"));
  });

  it("leaks nothing to the consumer: a send in the body has a scope and a correlation of its own (S13)", async () => {
    const container = new RecordingContainer();
    const mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, () => {}),
    });
    const streamUnits = new Set<UnitOfWork>();
    const correlations = new Set<string>();
    const sendUnits = new Set<UnitOfWork>();
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve, metadata }) {
        streamUnits.add(await resolve(UnitOfWork));
        correlations.add(metadata.correlationId);
        for (let n = 1; n <= 2; n++) {
          emit(new Noted(String(n)));
          yield n;
        }
      }),
      { metadata: { headers: { tenant: "a" } } },
    );
    for await (const _ of stream) {
      await mediator.send(
        new Do(async ({ resolve, metadata, signal }) => {
          const unit = await resolve(UnitOfWork);
          expect(unit.state).toBe("open");
          sendUnits.add(unit);
          expect(metadata.causationId).toBeUndefined();
          expect(metadata.headers).toEqual({});
          expect(signal.aborted).toBe(false);
          correlations.add(metadata.correlationId);
        }),
      );
    }
    expect(streamUnits.size).toBe(1);
    expect(sendUnits.size).toBe(2);
    expect(new Set([...streamUnits, ...sendUnits]).size).toBe(3);
    expect(correlations.size).toBe(3);
    expect(container.states).toEqual(["committed", "committed", "committed"]);
  });

  it("gives two interleaved streams a unit of work each", async () => {
    const container = new RecordingContainer();
    for (const scope of ["handler", "dispatch"] as const) {
      const mediator = bootstrapStreaming({ container, scope, commandsMapper: bindBodies });
      const flow = new Flow<UnitOfWork>(async function* ({ resolve }) {
        yield await resolve(UnitOfWork);
        yield await resolve(UnitOfWork);
      });
      const [one, other] = [mediator.stream(flow), mediator.stream(flow)];
      const units = [await one.next(), await other.next(), await one.next(), await other.next()].map(
        ({ value }) => value as UnitOfWork,
      );
      expect(units[0]).toBe(units[2]);
      expect(units[1]).toBe(units[3]);
      expect(units[0]).not.toBe(units[1]);
      await one.next();
      expect(units.map(({ state }) => state)).toEqual(["committed", "open", "committed", "open"]);
      await other.return();
      expect(units[1]?.state).toBe("committed");
    }
  });
});
