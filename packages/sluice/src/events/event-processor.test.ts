import { afterEach, describe, expect, it, vi } from "vitest";
import { bootstrap } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  Gates,
  Gauge,
  quiet,
  RecordingBroker,
  RecordingLogger,
  Told,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Event } from "../messages/event.js";
import type { Middleware } from "../middleware/middleware.js";
import type { EventFailure } from "./event-errors.js";
import type { EventMap } from "./event-map.js";
import type { EventSettled } from "./event-processor.js";

class Step extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}
class Other extends DomainEvent {}

function mediatorOf(
  domainEventsMapper: BootstrapOptions["domainEventsMapper"],
  options: BootstrapOptions = {},
) {
  return bootstrap({ commandsMapper: bindBodies, domainEventsMapper, ...options });
}

function emitAll(events: readonly Event[]) {
  return new Do(({ emit }) => events.forEach(emit));
}

const steps = (...names: string[]) => names.map((name) => new Step(name));

const modes = [
  ["in parallel", { concurrentEventHandleEnable: true }],
  ["one at a time", { concurrentEventHandleEnable: false }],
] as const;

describe.each(modes)("events handled %s", (_, mode) => {
  it("are all handled by all their handlers before the answer leaves (E1, R1)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf(
      (map) =>
        map
          .bind(Step, async ({ name }) => {
            await quiet();
            calls.push(`a ${name}`);
          })
          .bind(Step, ({ name }) => calls.push(`b ${name}`)),
      mode,
    );
    await mediator.send(emitAll(steps("1", "2", "3")));
    expect(calls.sort()).toEqual(["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"]);
  });

  it("are those of their own yield, which cleared them (S3)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf((map) => map.bind(Step, ({ name }) => calls.push(name)), mode);
    const flow = new Flow(async function* ({ emit }) {
      for (const names of [["1"], [], ["3"], []]) {
        steps(...names).forEach(emit);
        yield names.length;
      }
    });
    const seen: [number, string[]][] = [];
    for await (const item of mediator.stream(flow)) seen.push([item, calls.splice(0)]);
    expect(seen).toEqual([
      [1, ["1"]],
      [0, []],
      [1, ["3"]],
      [0, []],
    ]);
  });

  it("leave the list that they were given in as it was", async () => {
    const given = steps("1", "2");
    const handler = {
      events: given,
      clearEvents() {
        this.events = [];
      },
      handle() {},
    };
    const handled: unknown[] = [];
    const mediator = bootstrap({
      ...mode,
      commandsMapper: (map) => map.bind(Do<void>, handler),
      domainEventsMapper: (map) =>
        map.bind(Step, (event, { emit }) => {
          handled.push(event);
          if (event.name === "1") emit(new Step("follow-up"));
        }),
    });
    const before = [...given];
    await mediator.send(new Do(() => {}));
    expect(handled).toHaveLength(3);
    expect(given).toEqual(before);
  });

  it("goes three levels down: command, first, second, third (E3, E4)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, async ({ name }, { emit }) => {
          calls.push(name);
          if (name.length < 3) emit(new Step(`${name}>`));
        }),
      mode,
    );
    await mediator.send(emitAll(steps(">")));
    expect(calls).toEqual([">", ">>", ">>>"]);
  });

  it("keep a root with three children under the limit (E2)", async () => {
    const gauge = new Gauge();
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, ({ name }, { emit }) =>
          gauge.during(async () => {
            await quiet();
            if (name === "root") steps("1", "2", "3").forEach(emit);
          }),
        ),
      { ...mode, maxConcurrentEventHandlers: 2 },
    );
    await mediator.send(emitAll(steps("root")));
    expect(gauge.total).toBe(4);
    expect(gauge.peak).toBe(mode.concurrentEventHandleEnable ? 2 : 1);
  });

  it("published outside a request have handlers, follow-ups and notification events the same (E10)", async () => {
    const calls: string[] = [];
    const messageBroker = new RecordingBroker();
    const mediator = mediatorOf(
      (map) =>
        map
          .bind(Step, async ({ name }, { emit }) => {
            await quiet();
            calls.push(name);
            if (name === "1") emit(new Step("2"));
            else emit(new Told(2));
          })
          .bind(Step, () => {
            throw new Error("isolated");
          }),
      { ...mode, messageBroker, onEventError: "report", logger: new RecordingLogger() },
    );
    await mediator.publish(new Step("1"));
    expect(calls).toEqual(["1", "2"]);
    expect(messageBroker.messages.map(({ payload }) => payload)).toEqual([{ n: 2 }]);
  });
});

describe("parallel mode", () => {
  it("starts all handlers of all events of a dispatch at once, below the limit (E2)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) =>
      map.bind(Step, ({ name }) => gates.pass(`a${name}`)).bind(Step, ({ name }) => gates.pass(`b${name}`)),
    );
    const sent = mediator.send(emitAll(steps("1", "2")));
    await quiet();
    expect(gates.waiting).toEqual(["a1", "b1", "a2", "b2"]);
    await gates.openAll();
    await sent;
  });

  it("publishes in parallel outside a request too (E10)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) =>
      map.bind(Step, () => gates.pass("a")).bind(Step, () => gates.pass("b")),
    );
    const published = mediator.publish(new Step("1"));
    await quiet();
    expect(gates.waiting).toEqual(["a", "b"]);
    await gates.openAll();
    await published;
  });
});

describe("concurrentEventHandleEnable: false", () => {
  const sequential = { concurrentEventHandleEnable: false };

  it("runs the handlers of a dispatch one at a time, in order of emission, then of binding (E3)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, ({ name }) => gates.pass(`a${name}`)).bind(Step, ({ name }) => gates.pass(`b${name}`)),
      sequential,
    );
    const sent = mediator.send(emitAll(steps("1", "2")));
    for (const name of ["a1", "b1", "a2", "b2"]) {
      await quiet();
      expect(gates.waiting).toEqual([name]);
      await gates.open(name);
    }
    await sent;
  });

  it("is a rule for each dispatch: two of them run beside each other (E3)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) => map.bind(Step, ({ name }) => gates.pass(name)), sequential);
    const sent = [mediator.send(emitAll(steps("1", "2"))), mediator.send(emitAll(steps("3", "4")))];
    await quiet();
    expect(gates.waiting).toEqual(["1", "3"]);
    await gates.openAll();
    await Promise.all(sent);
  });

  it("holds under the limit of the mediator all the same (E2, E3)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) => map.bind(Step, ({ name }) => gates.pass(name)), {
      ...sequential,
      maxConcurrentEventHandlers: 1,
    });
    const sent = [mediator.send(emitAll(steps("1", "2"))), mediator.send(emitAll(steps("3", "4")))];
    await quiet();
    expect(gates.waiting).toEqual(["1"]);
    await gates.open("1");
    expect(gates.waiting).toHaveLength(1);
    await gates.openAll();
    await Promise.all(sent);
    expect(gates.arrived.indexOf("3")).toBeLessThan(gates.arrived.indexOf("4"));
  });

  it("goes on after a handler that fails (E3, E6)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, async ({ name }) => {
          calls.push(name);
          if (name === "1") throw new Error("no");
        }),
      { ...sequential, onEventError: "report", logger: new RecordingLogger() },
    );
    await mediator.send(emitAll(steps("1", "2", "3")));
    expect(calls).toEqual(["1", "2", "3"]);
  });
});

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

describe("middleware", () => {
  it("runs around every handler of every event, and every publishing, of streams, requests and publish()", async () => {
    const calls: string[] = [];
    const watch: Middleware = {
      async event(event, next, { handlerName }) {
        const name = event instanceof Step ? event.name : "told";
        calls.push(`> ${handlerName} ${name}`);
        await next();
        calls.push(`< ${handlerName} ${name}`);
      },
    };
    const bind = (map: EventMap) =>
      map.bind(Step, function first() {}).bind(Step, async function second() {});
    const messageBroker = new RecordingBroker();
    const mediator = mediatorOf(bind, { middlewares: [watch], messageBroker, maxConcurrentEventHandlers: 1 });
    const around = (name: string) => ["first", "second"].flatMap((h) => [`> ${h} ${name}`, `< ${h} ${name}`]);
    await mediator.send(emitAll(steps("sent")));
    expect(calls.splice(0)).toEqual(around("sent"));
    await mediator.publish(new Step("published"));
    expect(calls.splice(0)).toEqual(around("published"));
    const flow = new Flow(async function* ({ emit }) {
      emit(new Step("streamed"));
      yield 1;
      emit(new Step("last"));
    });
    await collect(mediator.stream(flow));
    expect(calls.splice(0)).toEqual([...around("streamed"), ...around("last")]);
    await mediator.publish(new Told());
    expect(calls.splice(0)).toEqual(["> MessageBroker told", "< MessageBroker told"]);
  });

  it("runs around streams (python-cqrs ignores it there)", async () => {
    const calls: unknown[] = [];
    const watch: Middleware = {
      async *stream(_, next) {
        calls.push("start");
        for await (const item of next()) {
          calls.push(item);
          yield item;
        }
        calls.push("end");
      },
    };
    const mediator = mediatorOf(undefined, { middlewares: [watch] });
    const flow = new Flow(async function* () {
      yield 1;
      yield 2;
    });
    expect(await collect(mediator.stream(flow))).toEqual([1, 2]);
    expect(calls).toEqual(["start", 1, 2, "end"]);
  });

  it("that tries an event again emits only what the last try emitted", async () => {
    const calls: string[] = [];
    const retry: Middleware = {
      async event(_, next) {
        await next().catch(() => next());
      },
    };
    let tries = 0;
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, ({ name }, { emit }) => {
          calls.push(name);
          if (name !== "1") return;
          emit(new Step(`follow-up of try ${++tries}`));
          if (tries === 1) throw new Error("once");
        }),
      { middlewares: [retry] },
    );
    await mediator.publish(new Step("1"));
    expect(calls).toEqual(["1", "1", "follow-up of try 2"]);
  });

  it("that fails counts as a failure of the handler that it wraps, and stops no other (E6)", async () => {
    const failures: EventFailure[] = [];
    const calls: string[] = [];
    const refuse: Middleware = {
      event(_, next, { handlerName }) {
        if (handlerName === "first") throw new Error("refused");
        return next();
      },
    };
    const mediator = mediatorOf(
      (map) =>
        map
          .bind(Step, function first() {
            calls.push("first");
          })
          .bind(Step, function second() {
            calls.push("second");
          }),
      {
        middlewares: [refuse],
        logger: new RecordingLogger(),
        onEventError: (failure) => {
          failures.push(failure);
          return "report";
        },
      },
    );
    await mediator.publish(new Step("1"));
    expect(calls).toEqual(["second"]);
    expect(failures).toMatchObject([{ handler: "first", error: { message: "refused" } }]);
  });
});
