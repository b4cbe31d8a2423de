import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork } from "../handlers/recording.fixture.js";
import {
  bootstrap,
  EventHandlingError,
  type HandlerContext,
  Query,
  RequestHandler,
  ResolveOutsideHandlerError,
} from "../index.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  Gates,
  quiet,
  RecordingLogger,
  rejection,
} from "../mediator/flow.fixture.js";
import { Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("an answer and its events (R1)", () => {
  it("answers after the handler's events and their follow-ups are processed (R1)", async () => {
    const gates = new Gates();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Noted, async ({ name }, { emit }) => {
          await gates.pass(name);
          if (name === "a") emit(new Noted("follow-up"));
        }),
    });
    const answer = mediator.send(
      new Do(({ emit }) => {
        emit(new Noted("a"));
        return 42;
      }),
    );
    expect(await stateOf(answer)).toBe("pending");
    await gates.open("a");
    expect(await stateOf(answer)).toBe("pending");
    await gates.open("follow-up");
    expect(await answer).toBe(42);
  });

  it("answers with whatever handle gives: a value, a promise, a thenable, undefined, null (R1)", async () => {
    const { send } = recorded();
    // biome-ignore lint/suspicious/noThenProperty: a promise of another make.
    const thenable = { then: (resolve: (value: number) => void) => resolve(3) };
    expect(await send(() => 1)).toBe(1);
    expect(await send(async () => 2)).toBe(2);
    expect(await send(() => thenable as never)).toBe(3);
    expect(await send(() => undefined)).toBe(undefined);
    expect(await send(async () => null)).toBe(null);
  });

  it("answers requests of base classes, plain objects and functions alike (R1)", async () => {
    class Double extends Query<number> {
      constructor(readonly n: number) {
        super();
      }
    }
    class DoubleHandler extends RequestHandler<Double> {
      handle({ n }: Double) {
        this.emit(new Noted(`class ${n}`));
        return n * 2;
      }
    }
    const events: Noted[] = [];
    const plain = {
      events,
      clearEvents: () => {
        events.length = 0;
      },
      handle({ n }: Double) {
        events.push(new Noted(`object ${n}`));
        return n * 2;
      },
    };
    const handled: string[] = [];
    for (const handler of [
      DoubleHandler,
      new DoubleHandler(),
      plain,
      async ({ n }: Double, { emit }: HandlerContext) => {
        emit(new Noted(`function ${n}`));
        return n * 2;
      },
    ]) {
      const mediator = bootstrap({
        queriesMapper: (map) => map.bind(Double, handler),
        domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
      });
      expect(await mediator.send(new Double(4))).toBe(8);
    }
    expect(handled).toEqual(["class 4", "class 4", "object 4", "function 4"]);
  });

  it("rejects with the very error of the handler, and discards its events (R1)", async () => {
    for (const thrown of [new Error("broken"), undefined, null, "text"]) {
      for (const throws of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown),
      ]) {
        const { send, log, container } = recorded();
        const answer = send(async ({ emit, resolve }) => {
          await resolve(UnitOfWork);
          emit(new Noted("lost"));
          return throws();
        });
        expect(await answer.catch((error: unknown) => ({ error }))).toEqual({ error: thrown });
        expect(log).toEqual(["enter", "rollback"]);
        if (thrown instanceof Error) expect(container.units[0]?.error).toBe(thrown);
      }
    }
  });

  it("rejects, and never throws, when handle throws before it gives a promise (R1)", async () => {
    const error = new Error("broken");
    const { mediator, send } = recorded();
    expect(
      await rejection(
        send(() => {
          throw error;
        }),
      ),
    ).toBe(error);
    await mediator.close();
  });

  it("rejects with the failures of event handlers, which carry the response; the request rolls back its unit of work (R1, E6)", async () => {
    for (const scope of ["handler", "dispatch"] as const) {
      const { send, gates, container, mediator } = recorded({ scope });
      const answer = send(async ({ emit, resolve }) => {
        await resolve(UnitOfWork);
        emit(new Noted("a"));
        return "the response";
      });
      answer.catch(() => {});
      await quiet();
      await gates.fail("a", new TypeError("refused"));
      const error = await rejection(answer);
      expect(error).toBeInstanceOf(EventHandlingError);
      expect(error).toMatchObject({ response: "the response", errors: [{ message: "refused" }] });
      // Under "handler" the handler's own scope closed before the events began.
      expect(container.states).toEqual([scope === "handler" ? "committed" : "rolled back"]);
      await mediator.close();
    }
  });

  it("fails when the scope cannot commit; under scope handler no event of it is handled (R1, U1)", async () => {
    const refused = new Error("commit refused");
    for (const scope of ["handler", "dispatch"] as const) {
      const handled: string[] = [];
      const container = new RecordingContainer({
        onClose: (error) => {
          if (error === undefined) throw refused;
        },
      });
      const mediator = bootstrap({
        container,
        scope,
        commandsMapper: bindBodies,
        domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
      });
      const answer = mediator.send(
        new Do(async ({ emit, resolve }) => {
          await resolve(UnitOfWork);
          emit(new Noted("a"));
        }),
      );
      expect(await rejection(answer)).toBe(refused);
      expect(handled).toEqual((await scope) === "handler" ? [] : ["a"]);
      await mediator.close();
    }
  });

  it("lets the first error win over a rollback that fails, and logs that (R1)", async () => {
    for (const scope of ["handler", "dispatch"] as const) {
      const stuck = new Error("rollback refused");
      const logger = new RecordingLogger();
      const container = new RecordingContainer({
        onClose: () => {
          throw stuck;
        },
      });
      const mediator = bootstrap({ container, scope, logger, commandsMapper: bindBodies });
      const error = new Error("broken");
      const answer = mediator.send(
        new Do(async ({ resolve }) => {
          await resolve(UnitOfWork);
          throw error;
        }),
      );
      expect(await rejection(answer)).toBe(error);
      expect(logger.details).toEqual([expect.objectContaining({ error: stuck })]);
      await mediator.close();
    }
  });

  it("refuses an event that is emitted after the handler has ended (R1)", async () => {
    const { send } = recorded();
    let emit: HandlerContext["emit"] | undefined;
    await send((context) => {
      emit = context.emit;
    });
    expect(() => emit?.(new Noted("late"))).toThrow(
      expect.objectContaining({ code: "SLUICE_EMIT_OUTSIDE_HANDLER" }),
    );
  });

  it("opens no scope for a handler that has ended: nobody would close it (U1)", async () => {
    const { send, container } = recorded();
    let resolve: HandlerContext["resolve"] | undefined;
    await send((context) => {
      resolve = context.resolve;
    });
    expect(await rejection(resolve?.(UnitOfWork) as Promise<unknown>)).toBeInstanceOf(
      ResolveOutsideHandlerError,
    );
    expect(container.units).toEqual([]);
  });
});

describe("sending from a handler", () => {
  it("nests sends and streams, each with a scope of its own (U1)", async () => {
    const { send, container } = recorded();
    const units = await send(async ({ mediator, resolve }) => {
      const outer = await resolve(UnitOfWork);
      const inner = await mediator.send(new Do(({ resolve: own }) => own(UnitOfWork)));
      const [streamed] = await collect(
        mediator.stream(
          new Flow(async function* (context) {
            yield await context.resolve(UnitOfWork);
          }),
        ),
      );
      return [outer, inner, streamed];
    });
    expect(new Set(units)).toEqual(new Set(container.units));
    expect(container.states).toEqual(["committed", "committed", "committed"]);
  });
});
