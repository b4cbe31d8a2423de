import { describe, expect, it } from "vitest";
import { collect, rejection } from "../mediator/flow.fixture.js";
import { fakeTimers } from "./fake-timers.fixture.js";
import { type Body, broken, done, failsAfter, goesOn, Noted, streaming } from "./fallback-streams.fixture.js";
import { RecordingContainer, UnitOfWork } from "./recording.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("events of a streaming fallback (R5, S3)", () => {
  it("handles those of delivered items, discards those since the last yield of the primary, and handles the fallback's (R5, S3)", async () => {
    const { stream, handled } = streaming(
      async function* (_, { emit }) {
        emit(new Noted("item 1"));
        yield 1;
        emit(new Noted("discarded"));
        throw broken;
      },
      async function* (_, { emit }) {
        emit(new Noted("item 2"));
        yield 2;
        emit(new Noted("last"));
      },
    );
    const seen: [number, string[]][] = [];
    for await (const n of stream()) seen.push([n, handled.splice(0)]);
    expect(seen).toEqual([
      [1, ["item 1"]],
      [2, ["item 2"]],
    ]);
    expect(handled).toEqual(["last"]);
  });

  it("handles the last events of the primary when it comes to its end (S4)", async () => {
    const { stream, handled } = streaming(async function* (_, { emit }) {
      yield 1;
      emit(new Noted("last"));
    }, goesOn);
    await collect(stream());
    expect(handled).toEqual(["last"]);
  });
});

describe("scopes of a streaming fallback (R5, U1, U2)", () => {
  const inScope = (log: string[], name: string, body: Body): Body =>
    async function* (command, context) {
      await context.resolve(UnitOfWork);
      log.push(name);
      yield* body(command, context);
    };

  it("runs in a fresh scope after the primary's has closed with the error (R5, U1)", async () => {
    const log: string[] = [];
    const container = new RecordingContainer({ log });
    const { stream } = streaming(
      inScope(log, "primary", failsAfter(2)),
      inScope(log, "fallback", goesOn),
      {},
      { container },
    );
    expect(await collect(stream())).toEqual([1, 2, 3, 4]);
    expect(log).toEqual(["enter", "primary", "rollback", "enter", "fallback", "commit"]);
    expect(container.units[0]?.error).toBe(broken);
  });

  it("shares the unit of work under scope dispatch (U2)", async () => {
    const log: string[] = [];
    const { stream } = streaming(
      inScope(log, "primary", failsAfter(2)),
      inScope(log, "fallback", goesOn),
      {},
      { container: new RecordingContainer({ log }), scope: "dispatch" },
    );
    await collect(stream());
    expect(log).toEqual(["enter", "primary", "fallback", "commit"]);
  });

  it("closes the scope of whichever of the two the consumer leaves (S7, U1)", async () => {
    for (const [items, expected] of [
      [1, ["enter", "primary", "finally", "commit"]],
      [3, ["enter", "primary", "rollback", "enter", "fallback", "finally", "commit"]],
    ] as const) {
      const log: string[] = [];
      const withFinally = (body: Body): Body =>
        async function* (command, context) {
          let failed = false;
          try {
            yield* body(command, context);
          } catch (error) {
            failed = true;
            throw error;
          } finally {
            if (!failed) log.push("finally");
          }
        };
      const { stream, mediator } = streaming(
        inScope(log, "primary", withFinally(failsAfter(2))),
        inScope(log, "fallback", withFinally(goesOn)),
        {},
        { container: new RecordingContainer({ log }) },
      );
      const left = stream();
      for (let n = 1; n <= items; n++) await left.next();
      await left.return();
      expect(log).toEqual(expected);
      await mediator.close();
    }
  });

  it("rejects, and does not fall back, when a stream that came to its end cannot commit after its last item (U1)", async () => {
    const refused = new Error("commit refused");
    const container = new RecordingContainer({
      onClose: (error) => {
        if (error === undefined) throw refused;
      },
    });
    const { stream } = streaming(
      inScope([], "primary", async function* () {
        yield 1;
      }),
      async function* () {},
      { failureExceptions: [RangeError] },
      { container },
    );
    const failing = stream();
    await failing.next();
    expect(await rejection(failing.next())).toBe(refused);
    expect(await failing.next()).toEqual(done);
  });
});
