import { describe, expect, it } from "vitest";
import {
  bootstrap,
  bootstrapStreaming,
  Command,
  RequestHandler,
  StreamingRequestHandler,
  WrongHandlerKindError,
} from "../index.js";
import { bindBodies, collect, Flow, rejection } from "../mediator/flow.fixture.js";
import { done, item, Noted, streamOf } from "../requests/recorded.fixture.js";
import { fakeTimers } from "./fake-timers.fixture.js";
import { RecordingContainer, UnitOfWork } from "./recording.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("what can stream (S12)", () => {
  class Count extends Command<number> {}

  it("refuses at bootstrap what can be seen not to stream, naming both classes (S12)", () => {
    class AnswersOnce extends RequestHandler<Count> {
      handle() {
        return 1;
      }
    }
    class Structural {
      async handle() {
        return 1;
      }
    }
    const answers = async () => 1;
    for (const [handler, name] of [
      [AnswersOnce, "AnswersOnce"],
      [Structural, "Structural"],
      [new AnswersOnce(), "AnswersOnce"],
      [{ handle: async () => 1 }, "a plain object"],
      [answers, "answers"],
      [[AnswersOnce], "AnswersOnce"],
    ] as const) {
      const make = () =>
        bootstrapStreaming({ commandsMapper: (map) => map.bind(Count, handler as typeof AnswersOnce) });
      expect(make).toThrow(WrongHandlerKindError);
      expect(make).toThrow("Count");
      if (!Array.isArray(handler)) expect(make).toThrow(name);
    }
  });

  it("refuses to stream from a handler that answers once, when stream() is called (S12, R2)", () => {
    class AnswersOnce extends RequestHandler<Count> {
      handle() {
        return 1;
      }
    }
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Count, AnswersOnce) });
    expect(() => mediator.stream(new Count())).toThrow(WrongHandlerKindError);
    expect(() => mediator.stream(new Count())).toThrow(/AnswersOnce.*Count/);
  });

  it("names the handler when what handle() gives cannot be iterated (S12)", async () => {
    class Unseen {
      handle() {
        return 5 as unknown as AsyncIterable<number>;
      }
    }
    const refused = { handle: () => Promise.resolve([1, 2]) as never };
    for (const [handler, name] of [
      [Unseen, "Unseen"],
      [refused, "a plain handler object"],
      [() => undefined as never, "anonymous"],
      [() => [1, 2] as never, "an array of 2"],
    ] as const) {
      const mediator = bootstrapStreaming({
        commandsMapper: (map) => map.bind(Count, handler as typeof Unseen),
      });
      const stream = mediator.stream(new Count());
      const error = await rejection(stream.next());
      expect(error).toBeInstanceOf(WrongHandlerKindError);
      expect(error.message).toContain(name);
      expect(error.message).toContain("Count");
      expect(await stream.next()).toEqual(done);
      await mediator.close();
    }
  });

  it("takes any async iterable: a ReadableStream, an iterator of one's own, a promise of one (S12)", async () => {
    const readable = () =>
      new ReadableStream<number>({
        start(controller) {
          controller.enqueue(1);
          controller.enqueue(2);
          controller.close();
        },
      });
    const own = (): AsyncIterable<number> => ({
      [Symbol.asyncIterator]: () => {
        let n = 0;
        return { next: async () => (n < 2 ? item(++n) : { done: true, value: undefined }) };
      },
    });
    const promised = async () => own();
    expect(await collect(streamOf(() => readable() as unknown as AsyncIterable<number>))).toEqual([1, 2]);
    expect(await collect(streamOf(own))).toEqual([1, 2]);
    expect(await collect(streamOf(promised as never))).toEqual([1, 2]);
  });

  it("processes the events of an iterator of one's own (S12, S3)", async () => {
    const handled: string[] = [];
    const stream = streamOf(
      ({ emit }) => ({
        [Symbol.asyncIterator]: () => {
          let n = 0;
          return {
            next: async () => {
              emit(new Noted(String(++n)));
              return n < 3 ? item(n) : { done: true, value: undefined };
            },
          };
        },
      }),
      ({ name }) => handled.push(name),
    );
    expect(await collect(stream)).toEqual([1, 2]);
    expect(handled).toEqual(["1", "2", "3"]);
  });

  it("takes an iterator whose next() answers without a promise, as for await does (S12)", async () => {
    const iterable = (end: unknown) => ({
      [Symbol.asyncIterator]: () => {
        let n = 0;
        return { next: () => (n < 2 ? item(++n) : end) };
      },
    });
    const stream = streamOf(() => iterable(done) as unknown as AsyncIterable<number>);
    expect(await Promise.all([stream.next(), stream.next(), stream.next()])).toEqual([
      item(1),
      item(2),
      done,
    ]);
    const withThenables = streamOf(
      () =>
        ({
          [Symbol.asyncIterator]: () => ({
            // biome-ignore lint/suspicious/noThenProperty: a promise of another make.
            next: () => ({ then: (resolve: (result: unknown) => void) => resolve(done) }),
          }),
        }) as unknown as AsyncIterable<number>,
    );
    expect(await collect(withThenables)).toEqual([]);
  });

  it("fails, and is over, when an iterator's next() throws or answers with no object (S12)", async () => {
    const broken = new Error("broken");
    for (const [next, expected] of [
      [
        () => {
          throw broken;
        },
        broken,
      ],
      [async () => undefined, expect.any(Error)],
      [async () => 5, expect.any(Error)],
    ] as const) {
      for (const readAhead of [0, 2]) {
        for (const itemsBefore of [0, 1]) {
          const container = new RecordingContainer();
          const mediator = bootstrapStreaming({ container, commandsMapper: bindBodies });
          const stream = mediator.stream(
            new Flow(({ resolve }) => ({
              [Symbol.asyncIterator]: () => {
                let n = 0;
                return {
                  next: () => {
                    if (n++ < itemsBefore) return resolve(UnitOfWork).then(() => item(n));
                    return next() as Promise<never>;
                  },
                };
              },
            })),
            { readAhead },
          );
          if (itemsBefore > 0) expect(await stream.next()).toEqual(item(1));
          expect(await rejection(stream.next())).toEqual(expected);
          expect(await stream.next()).toEqual(done);
          if (itemsBefore > 0) expect(container.states).toEqual(["rolled back"]);
          await mediator.close();
        }
      }
    }
  });

  it("gives the very error when handle() throws before it gives an iterable (S12, S6)", async () => {
    const error = new Error("no file");
    const stream = streamOf(() => {
      throw error;
    });
    expect(await rejection(stream.next())).toBe(error);
    expect(await stream.next()).toEqual(done);
    const rejected = streamOf((async () => {
      throw error;
    }) as never);
    expect(await rejection(rejected.next())).toBe(error);
  });

  it("names the class when the container does not know the handler, or gives something else (S12)", async () => {
    class CountHandler extends StreamingRequestHandler<Count> {
      async *handle() {
        yield 1;
      }
    }
    const cause = new Error("not registered");
    for (const resolve of [
      () => {
        throw cause;
      },
      () => Promise.reject(cause),
      () => ({}) as never,
      () => Promise.resolve(undefined) as never,
    ]) {
      const mediator = bootstrapStreaming({
        container: { resolve },
        commandsMapper: (map) => map.bind(Count, CountHandler),
      });
      const stream = mediator.stream(new Count());
      const error = await rejection(stream.next());
      expect(error).toMatchObject({ code: "SLUICE_HANDLER_CONSTRUCTION", handler: CountHandler });
      expect(error.message).toContain("CountHandler");
      expect(await stream.next()).toEqual(done);
      await mediator.close();
    }
  });
});
