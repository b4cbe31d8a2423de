import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrap, CloseTimeoutError } from "../index.js";
import { bindBodies, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import { begin, done, Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("the grace time of return() (S8)", () => {
  it("gives up after closeTimeoutMs with an error that names what still runs, and clean-up goes on (S8)", async () => {
    const { stream, log, gates, mediator } = recorded({ closeTimeoutMs: 3000 });
    const left = stream(async function* (context) {
      await begin(context, log);
      try {
        yield 1;
        await gates.pass("work");
      } finally {
        log.push("finally");
      }
    });
    await left.next();
    left.next();
    await quiet();
    const leaving = left.return();
    expect(await stateOf(leaving)).toBe("pending");
    vi.advanceTimersByTime(2999);
    expect(await stateOf(leaving)).toBe("pending");
    vi.advanceTimersByTime(1);
    const error = await rejection<CloseTimeoutError>(leaving);
    expect(error).toBeInstanceOf(CloseTimeoutError);
    expect(error).toMatchObject({ closeTimeoutMs: 3000, code: "SLUICE_CLOSE_TIMEOUT" });
    expect(error.stillRunning).toEqual(["an anonymous handler"]);
    expect(log).toEqual(["enter", "abort"]);
    await gates.open("work");
    expect(log).toEqual(["enter", "abort", "finally", "commit"]);
    expect(await left.return()).toEqual(done);
    await mediator.close();
  });

  it("names the event handlers, and not a handler that has ended (S8)", async () => {
    const { stream, gates } = recorded();
    const left = stream(async function* ({ emit }) {
      emit(new Noted("a"));
      emit(new Noted("b"));
      yield 1;
    });
    left.next();
    await quiet();
    const leaving = left.return();
    await quiet();
    vi.advanceTimersByTime(10_000);
    const { stillRunning } = await rejection<CloseTimeoutError>(leaving);
    expect(stillRunning).toEqual([expect.stringMatching(/2.*event handlers/)]);
    await gates.openAll();
    await left.return();
  });

  it("names a scope that does not close (S8)", async () => {
    const container = new RecordingContainer({ onClose: () => new Promise(() => {}) });
    const mediator = bootstrap({ container, commandsMapper: bindBodies });
    const left = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
      }),
    );
    await left.next();
    const leaving = left.return();
    await quiet();
    vi.advanceTimersByTime(10_000);
    const { stillRunning } = await rejection<CloseTimeoutError>(leaving);
    expect(stillRunning).toEqual([expect.stringContaining("scope")]);
  });

  it("leaves no rejection unhandled when the handler fails after the grace time (S8)", async () => {
    const { stream, gates, mediator } = recorded();
    const left = stream(async function* () {
      yield 1;
      await gates.pass("work");
    });
    await left.next();
    left.next();
    await quiet();
    const leaving = left.return();
    await quiet();
    vi.advanceTimersByTime(10_000);
    expect(await rejection(leaving)).toBeInstanceOf(CloseTimeoutError);
    await gates.fail("work", new Error("late"));
    await mediator.close();
  });
});
