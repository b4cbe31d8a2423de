import { afterEach, describe, expect, it, vi } from "vitest";
import { Gates, quiet, RecordingBroker, RecordingLogger, Told } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { emitAll } from "./emit-all.fixture.js";
import { mediatorOf, Step, steps } from "./event-processor.fixture.js";
import type { EventSettled } from "./event-processor.js";

class Other extends DomainEvent {}

describe("onEventSettled", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("tells event, handler, outcome and duration of every handler (E11)", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const gates = new Gates();
    const settled: EventSettled[] = [];
    const error = new Error("no");
    const mediator = mediatorOf(
      (map) =>
        map
          .bind(Step, function quick() {})
          .bind(Step, function slow() {
            return gates.pass("slow");
          })
          .bind(Step, function failing() {
            return gates.pass("failing");
          }),
      { onEventSettled: (outcome) => settled.push(outcome), onEventError: () => "report", logger: console },
    );
    vi.spyOn(console, "error").mockImplementation(() => {});
    const event = new Step("1");
    const published = mediator.publish(event);
    await quiet();
    vi.advanceTimersByTime(30);
    await gates.fail("failing", error);
    vi.advanceTimersByTime(12);
    await gates.open("slow");
    await published;
    expect(settled).toEqual([
      { event, handler: "quick", outcome: "handled", error: undefined, duration: 0 },
      { event, handler: "failing", outcome: "failed", error, duration: 30 },
      { event, handler: "slow", outcome: "handled", error: undefined, duration: 42 },
    ]);
    expect(settled[0]?.event).toBe(event);
  });

  it("counts neither the wait for a slot nor the follow-ups into the duration (E11)", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const gates = new Gates();
    const durations: Record<string, number> = {};
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, async ({ name }, { emit }) => {
          await gates.pass(name);
          if (name === "1") emit(new Step("1>"));
        }),
      {
        maxConcurrentEventHandlers: 1,
        onEventSettled: ({ event, duration }) => {
          durations[(event as Step).name] = duration;
        },
      },
    );
    const sent = mediator.send(emitAll(steps("1", "2")));
    for (const [name, ms] of [
      ["1", 10],
      ["2", 20],
      ["1>", 40],
    ] as const) {
      await quiet();
      vi.advanceTimersByTime(ms);
      await gates.open(name);
    }
    await sent;
    expect(durations).toEqual({ "1": 10, "2": 20, "1>": 40 });
  });

  it("tells of publishings to the broker, and of an order key that cannot be had (E11, E6)", async () => {
    const settled: Partial<EventSettled>[] = [];
    const mediator = mediatorOf(
      (map) =>
        map.bind(Other, function keyed() {}, {
          orderBy: () => {
            throw new Error("no key");
          },
        }),
      {
        messageBroker: new RecordingBroker(),
        onEventError: "report",
        logger: new RecordingLogger(),
        onEventSettled: ({ handler, outcome, duration }) => settled.push({ handler, outcome, duration }),
      },
    );
    await mediator.send(emitAll([new Told(), new Other()]));
    expect(settled).toHaveLength(2);
    expect(settled).toContainEqual({
      handler: "MessageBroker",
      outcome: "handled",
      duration: expect.any(Number),
    });
    expect(settled).toContainEqual({ handler: "keyed", outcome: "failed", duration: 0 });
  });

  it("that throws is logged, and the event counts as handled (E11)", async () => {
    const logger = new RecordingLogger();
    const mediator = mediatorOf((map) => map.bind(Step, () => {}), {
      logger,
      onEventSettled: () => {
        throw new Error("mine");
      },
    });
    await mediator.send(emitAll(steps("1")));
    expect(logger.lines).toEqual([expect.stringMatching(/^error: onEventSettled threw/)]);
  });

  it("costs nothing when it is not set: no time is taken (E11)", async () => {
    const now = vi.spyOn(performance, "now");
    const mediator = mediatorOf((map) => map.bind(Step, async () => {}));
    await mediator.send(emitAll(steps("1", "2")));
    expect(now).not.toHaveBeenCalled();
  });
});
