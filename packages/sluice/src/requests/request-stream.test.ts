import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrapStreaming, EventHandlingError } from "../index.js";
import { bindBodies, collect, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import { done, FollowedUp, item, Noted, streamOf } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

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
