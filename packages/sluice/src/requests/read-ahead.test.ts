import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf } from "../handlers/recording.fixture.js";
import { bootstrap, fallback } from "../index.js";
import { collect, Flow, Gauge, quiet } from "../mediator/flow.fixture.js";
import { named, recorded } from "./read-ahead.fixture.js";
import { done, item, Noted } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("reading ahead (S5)", () => {
  it("lets the handler run n items ahead of what was asked for, and no further (S5)", async () => {
    for (const [readAhead, expected] of [
      [0, ["yield a"]],
      [1, ["yield a", "yield b"]],
      [2, ["yield a", "yield b", "yield c"]],
    ] as const) {
      const { stream, log, mediator } = recorded({ domainEventsMapper: (map) => map.bind(Noted, () => {}) });
      const ahead = stream(readAhead, named(log, ["a", "b", "c", "d", "e"]));
      expect(await ahead.next()).toEqual(item("a"));
      await quiet();
      expect(log).toEqual(expected);
      await ahead.return();
      await mediator.close();
    }
  });

  it("goes one item further with every item that is asked for (S5)", async () => {
    const { stream, log } = recorded({ domainEventsMapper: (map) => map.bind(Noted, () => {}) });
    const ahead = stream(1, named(log, ["a", "b", "c"]));
    await ahead.next();
    await ahead.next();
    await quiet();
    expect(log).toEqual(["yield a", "yield b", "yield c"]);
    await ahead.next();
    await quiet();
    expect(log.at(-1)).toBe("end");
    expect(await ahead.next()).toEqual(done);
  });

  it("runs ahead while the events of earlier items are in process; an item leaves in its turn, after its own events (S5, S3)", async () => {
    const { stream, log, gates } = recorded();
    const ahead = stream(2, named(log, ["a", "b", "c"]));
    const order: string[] = [];
    const calls = [1, 2, 3].map((n) => ahead.next().finally(() => order.push(`next ${n}`)));
    await quiet();
    expect(log).toEqual(["yield a", "event a", "yield b", "event b", "yield c", "event c"]);
    await gates.open("c");
    await gates.open("b");
    expect(order).toEqual([]);
    await gates.open("a");
    expect(order).toEqual(["next 1", "next 2", "next 3"]);
    expect(await Promise.all(calls)).toEqual([item("a"), item("b"), item("c")]);
    expect(await ahead.next()).toEqual(done);
  });

  it("gives an item as soon as its own events are handled, whatever is read ahead (S5)", async () => {
    const { stream, gates } = recorded();
    const ahead = stream(1, named([], ["a", "b"]));
    const first = ahead.next();
    await quiet();
    await gates.open("a");
    expect(await first).toEqual(item("a"));
    const second = ahead.next();
    expect(await stateOf(second)).toBe("pending");
    await gates.open("b");
    expect(await second).toEqual(item("b"));
    await ahead.return();
  });

  it("handles the events of one item after those of the items before where they run one at a time (S5, E3)", async () => {
    const { stream, log, gates } = recorded({ concurrentEventHandleEnable: false });
    const ahead = stream(2, named(log, ["a", "b"]));
    const call = ahead.next();
    await quiet();
    expect(log.filter((line) => line.startsWith("event"))).toEqual(["event a"]);
    await gates.open("a");
    expect(log.filter((line) => line.startsWith("event"))).toEqual(["event a", "event b"]);
    await gates.open("b");
    await call;
    await ahead.return();
  });

  it("runs the handler one step at a time: it is never asked before it has answered (S5)", async () => {
    const gauge = new Gauge();
    const { stream } = recorded();
    const ahead = stream(3, () => ({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          gauge.during(async () => {
            await quiet();
            return gauge.total > 5 ? done : item(gauge.total);
          }) as Promise<IteratorResult<number>>,
      }),
    }));
    expect(await collect(ahead)).toEqual([1, 2, 3, 4, 5]);
    expect(gauge.peak).toBe(1);
  });

  it("answers next() in order before earlier calls settle, and done beyond the end (S5, S10)", async () => {
    const { stream } = recorded({ domainEventsMapper: (map) => map.bind(Noted, () => quiet()) });
    const ahead = stream(1, named([], ["a", "b"]));
    const answers: number[] = [];
    const calls = [1, 2, 3, 4].map((n) => ahead.next().finally(() => answers.push(n)));
    expect(await Promise.all(calls)).toEqual([item("a"), item("b"), done, done]);
    expect(answers).toEqual([1, 2, 3, 4]);
  });

  it("delivers undefined and null, and hands on what the handler returns (S5, S11)", async () => {
    const { stream } = recorded();
    const ahead = stream(2, async function* () {
      yield undefined;
      yield null;
      return "the end" as never;
    });
    expect(await ahead.next()).toEqual(item(undefined));
    expect(await ahead.next()).toEqual(item(null));
    expect(await ahead.next()).toEqual({ done: true, value: "the end" });
    expect(await ahead.next()).toEqual(done);
  });

  it("processes the events after the last yield before it reports done (S5, S4)", async () => {
    const { stream, log, gates } = recorded();
    const ahead = stream(2, async function* ({ emit }) {
      yield 1;
      emit(new Noted("last"));
    });
    expect(await ahead.next()).toEqual(item(1));
    const end = ahead.next();
    expect(await stateOf(end)).toBe("pending");
    expect(log).toEqual(["event last"]);
    await gates.open("last");
    expect(await end).toEqual(done);
  });

  it("streams 1,000 items in order with any read-ahead (S5)", async () => {
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    for (const readAhead of [1, 7, 5000]) {
      const { stream } = recorded({ domainEventsMapper: (map) => map.bind(Noted, async () => {}) });
      const ahead = stream(readAhead, async function* ({ emit }) {
        for (const n of numbers) {
          emit(new Noted(String(n)));
          yield n;
        }
      });
      expect(await collect(ahead)).toEqual(numbers);
    }
  });

  it("reads ahead from a fallback, which goes on after every item that leaves (S5, R6)", async () => {
    const container = new RecordingContainer();
    const mediator = bootstrap({
      container,
      commandsMapper: (map) =>
        map.bind(
          Flow<number>,
          fallback(
            async function* () {
              yield* [1, 2];
              throw new Error("broken");
            },
            async function* (_flow, { resume }) {
              yield (resume?.delivered ?? 0) + 1;
            },
          ),
        ),
    });
    const ahead = mediator.stream(new Flow<number>(async function* () {}), { readAhead: 3 });
    expect(await collect(ahead)).toEqual([1, 2, 3]);
  });
});
