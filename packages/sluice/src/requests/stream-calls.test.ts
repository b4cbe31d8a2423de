import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf } from "../handlers/recording.fixture.js";
import {
  bootstrapStreaming,
  Command,
  type HandlerContext,
  type ItemStream,
  StreamingRequestHandler,
} from "../index.js";
import { quiet } from "../mediator/flow.fixture.js";
import { done, item, Noted, streamOf } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("calls before earlier ones settle (S10)", () => {
  const twoItems = (log: string[] = []) =>
    streamOf(
      async function* ({ emit }) {
        for (const name of ["a", "b"]) {
          log.push(`yield ${name}`);
          emit(new Noted(name));
          yield name;
        }
      },
      async ({ name }) => {
        await quiet();
        log.push(`event ${name}`);
      },
    );

  it("answers next() in order, each after the events of its item, and done beyond the end (S10)", async () => {
    const log: string[] = [];
    const stream = twoItems(log);
    const answers: number[] = [];
    const calls = Array.from({ length: 5 }, (_, n) => stream.next().finally(() => answers.push(n)));
    expect(await Promise.all(calls)).toEqual([item("a"), item("b"), done, done, done]);
    expect(answers).toEqual([0, 1, 2, 3, 4]);
    expect(log).toEqual(["yield a", "event a", "yield b", "event b"]);
  });

  /** Calls next() so often at once, and tells in what order the calls were answered. */
  const callNext = (stream: ItemStream<unknown>, times: number) => {
    const answered: number[] = [];
    const calls = Array.from({ length: times }, (_, n) => stream.next().finally(() => answered.push(n)));
    return { answered, calls };
  };

  for (const emits of [true, false]) {
    const what = emits ? "with events" : "without events";
    const emitted = (emit: HandlerContext["emit"]) => {
      if (emits) emit(new Noted("a"));
    };

    it(`answers in order after a first item, and done beyond the end, ${what} (S10)`, async () => {
      const stream = streamOf(async function* ({ emit }) {
        for (const n of [1, 2, 3]) {
          emitted(emit);
          yield n;
        }
      });
      await stream.next();
      const { answered, calls } = callNext(stream, 4);
      expect(await Promise.all(calls)).toEqual([item(2), item(3), done, done]);
      expect(answered).toEqual([0, 1, 2, 3]);
    });

    it(`rejects the call that an error falls to, in its turn, and answers done after it, ${what} (S10, S6)`, async () => {
      const error = new Error("broken");
      for (const itemsBefore of [1, 2]) {
        const stream = streamOf(async function* ({ emit }) {
          for (let n = 1; n <= itemsBefore; n++) {
            emitted(emit);
            yield n;
          }
          throw error;
        });
        await stream.next();
        const { answered, calls } = callNext(stream, 4);
        const outcomes = await Promise.allSettled(calls);
        expect(outcomes.map((outcome) => outcome.status)).toEqual(
          itemsBefore === 1
            ? ["rejected", "fulfilled", "fulfilled", "fulfilled"]
            : ["fulfilled", "rejected", "fulfilled", "fulfilled"],
        );
        expect(outcomes[itemsBefore - 1]).toEqual({ status: "rejected", reason: error });
        expect(outcomes.at(-1)).toMatchObject({ value: done });
        expect(answered).toEqual([0, 1, 2, 3]);
      }
    });

    it(`answers done to all that wait when the stream is returned, before return() settles, ${what} (S10, S7)`, async () => {
      const stream = streamOf(async function* ({ emit, signal }) {
        emitted(emit);
        yield "a";
        emitted(emit);
        await new Promise((resolve) => {
          signal.addEventListener("abort", resolve);
        });
        yield "b";
      });
      await stream.next();
      const { answered, calls } = callNext(stream, 3);
      const left = stream.return().finally(() => answered.push(99));
      expect(await Promise.all([...calls, left])).toEqual([done, done, done, done]);
      expect(answered).toEqual([0, 1, 2, 99]);
    });
  }

  it("takes throw() in its turn (S10, S7)", async () => {
    const log: unknown[] = [];
    const stream = streamOf(async function* ({ emit }) {
      for (let n = 1; ; n++) {
        emit(new Noted(String(n)));
        try {
          yield n;
        } catch (error) {
          log.push(error);
        }
      }
    });
    const calls = [stream.next(), stream.throw("one"), stream.next(), stream.throw("two"), stream.next()];
    expect(await Promise.all(calls)).toEqual([item(1), item(2), item(3), item(4), item(5)]);
    expect(log).toEqual(["one", "two"]);
    await stream.return();
  });

  it("answers calls made while the handler is being resolved, in order (S10)", async () => {
    class Count extends Command<number> {}
    class CountHandler extends StreamingRequestHandler<Count> {
      async *handle() {
        yield* [1, 2];
      }
    }
    const resolved = Promise.withResolvers<void>();
    const container = new RecordingContainer({
      make: async (token) => {
        await resolved.promise;
        return new (token as new () => never)();
      },
    });
    const mediator = bootstrapStreaming({
      container,
      commandsMapper: (map) => map.bind(Count, CountHandler),
    });
    const stream = mediator.stream(new Count());
    const calls = [stream.next(), stream.next(), stream.next()];
    expect(await stateOf(Promise.race(calls))).toBe("pending");
    resolved.resolve();
    expect(await Promise.all(calls)).toEqual([item(1), item(2), done]);
    expect(container.states).toEqual(["committed"]);
  });
});
