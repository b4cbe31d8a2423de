import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { SluiceError } from "../errors/sluice-error.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { bootstrap } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  finished,
  Gates,
  quiet,
  RecordingBroker,
  RecordingLogger,
  rejection,
  Told,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Event } from "../messages/event.js";
import { type EventFailure, EventHandlingError } from "./event-errors.js";

class Paid extends DomainEvent {
  constructor(readonly n: number = 0) {
    super();
  }
}

const boom = new Error("boom");
const bang = new TypeError("bang");

/** `bills` throws at once, `ships` rejects, `thanks` does well. */
function shop(options: BootstrapOptions = {}) {
  const thanked: number[] = [];
  const mediator = bootstrap({
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map
        .bind(Paid, function bills() {
          throw boom;
        })
        .bind(Paid, async function ships() {
          await quiet();
          throw bang;
        })
        .bind(Paid, async function thanks({ n }) {
          await quiet();
          thanked.push(n);
        }),
    ...options,
  });
  return { mediator, thanked };
}

const answering = (answer: unknown, ...events: Event[]) =>
  new Do<unknown>(({ emit }) => {
    events.forEach(emit);
    return answer;
  });

const streaming = (...events: Event[]) =>
  new Flow<string>(async function* ({ emit }) {
    yield "first";
    events.forEach(emit);
    yield "second";
    yield "third";
  });

const modes = [
  ["in parallel", true],
  ["one at a time", false],
] as const;

describe.each(modes)("a handler that fails, %s", (_, concurrentEventHandleEnable) => {
  const mode = { concurrentEventHandleEnable };

  it("stops no other: not of its event, not of others (E6)", async () => {
    const { mediator, thanked } = shop(mode);
    await rejection(mediator.send(answering("", new Paid(1), new Paid(2))));
    expect(thanked).toEqual([1, 2]);
  });

  it("is reported when all have settled, follow-ups of the others among them (E6)", async () => {
    const gates = new Gates();
    const mediator = bootstrap({
      ...mode,
      domainEventsMapper: (map) =>
        map
          .bind(Paid, ({ n }) => {
            if (n === 0) throw boom;
          })
          .bind(Paid, async ({ n }, { emit }) => {
            await gates.pass(`${n}`);
            if (n < 2) emit(new Paid(n + 1));
          }),
    });
    let failed = false;
    const sent = rejection(mediator.publish(new Paid(0))).then((error) => {
      failed = true;
      return error;
    });
    for (const name of ["0", "1", "2"]) {
      await quiet();
      expect({ failed, waiting: gates.waiting }).toEqual({ failed: false, waiting: [name] });
      await gates.open(name);
    }
    expect((await finished(sent)).cause).toBe(boom);
  });
});

describe('onEventError: "throw"', () => {
  it("is the default: one EventHandlingError that names each event and handler (E6; python-cqrs only logs)", async () => {
    const { mediator } = shop();
    const events = [new Paid(1), new Paid(2)];
    const error = await rejection<EventHandlingError>(mediator.send(answering("", ...events)));
    expect(error).toBeInstanceOf(EventHandlingError);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ name: "EventHandlingError", code: "SLUICE_EVENT_HANDLING" });
    const [first, second] = events;
    const byHandler = (handler: string) => error.failures.filter((failure) => failure.handler === handler);
    expect(byHandler("bills")).toEqual([
      { handler: "bills", event: first, error: boom },
      { handler: "bills", event: second, error: boom },
    ]);
    expect(byHandler("ships").map(({ event }) => event)).toEqual(events);
    expect(error.failures).toHaveLength(4);
    expect(error.errors).toEqual(error.failures.map((failure) => failure.error));
    expect(error.cause).toBe(error.errors[0]);
    expect(error.message).toContain("4 event handlers failed");
    expect(error.message).toContain("bills failed on an instance of Paid: boom");
    expect(error.message).toContain("ships failed on an instance of Paid: bang");
  });

  it("says it in one line when one failed, whatever it threw (E6)", async () => {
    for (const [thrown, shown] of [
      [boom, "boom"],
      ["text", '"text" (a string)'],
      [undefined, "undefined"],
      [null, "null"],
    ] as const) {
      const mediator = bootstrap({
        domainEventsMapper: (map) => map.bind(Paid, { handle: () => Promise.reject(thrown) }),
      });
      const error = await rejection<EventHandlingError>(mediator.publish(new Paid()));
      expect(error.message).toBe(`a plain handler object failed on an instance of Paid: ${shown}`);
      expect(error.errors).toEqual([thrown]);
    }
  });

  it("carries the response that was ready (E6)", async () => {
    const { mediator } = shop();
    const response = { id: 7 };
    const error = await rejection<EventHandlingError>(mediator.send(answering(response, new Paid())));
    expect(error.response).toBe(response);
  });

  it.each([undefined, null, 0])("carries a response of %o as it is (E6, S11)", async (response) => {
    const { mediator } = shop();
    const error = await rejection<EventHandlingError>(mediator.send(answering(response, new Paid())));
    expect(error).toHaveProperty("response", response);
  });

  it.each([0, 2])(
    "carries the item that was ready, and ends the stream: readAhead %i (E6, S6)",
    async (readAhead) => {
      const { mediator, thanked } = shop();
      let cleanedUp = 0;
      const flow = new Flow<string>(async function* (context) {
        try {
          yield* streaming(new Paid(1)).body(context);
        } finally {
          cleanedUp++;
        }
      });
      const items: string[] = [];
      const stream = mediator.stream(flow, { readAhead });
      const reading = (async () => {
        for await (const item of stream) items.push(item);
      })();
      const error = await rejection<EventHandlingError>(finished(reading));
      expect(items).toEqual(["first"]);
      expect(error).toBeInstanceOf(EventHandlingError);
      expect(error).toMatchObject({ response: "second", failures: { length: 2 } });
      expect(cleanedUp).toBe(1);
      expect(thanked).toEqual([1]);
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    },
  );

  it("carries no item for events after the last yield (E6, S4)", async () => {
    const { mediator } = shop();
    const flow = new Flow(async function* ({ emit }) {
      yield "item";
      emit(new Paid());
    });
    const stream = mediator.stream(flow);
    expect(await stream.next()).toEqual({ done: false, value: "item" });
    const error = await rejection<EventHandlingError>(stream.next());
    expect(error).toMatchObject({ code: "SLUICE_EVENT_HANDLING", response: undefined });
  });

  it("tells the handler of the stream by its signal, with the very error that goes out (E6)", async () => {
    const { mediator } = shop();
    let context: HandlerContext | undefined;
    const flow = new Flow(async function* (given) {
      context = given;
      given.signal.throwIfAborted();
      given.emit(new Paid());
      yield 1;
    });
    const error = await rejection(collect(mediator.stream(flow)));
    expect(context?.signal.reason).toBe(error);
  });

  it("rejects publish() the same way, without a response (E6, E10)", async () => {
    const { mediator } = shop();
    const error = await rejection<EventHandlingError>(mediator.publish(new Paid()));
    expect(error).toMatchObject({ failures: { length: 2 }, response: undefined });
  });

  it("counts a broker that refuses as a handler that fails (E6)", async () => {
    const messageBroker = new RecordingBroker();
    const down = new Error("the broker is down");
    const refuse = vi.spyOn(messageBroker, "publish").mockRejectedValueOnce(down);
    refuse.mockImplementationOnce(() => {
      throw down;
    });
    const { mediator, thanked } = shop({ messageBroker });
    const events = [new Told(1), new Told(2), new Told(3)];
    const error = await rejection<EventHandlingError>(
      mediator.send(answering("done", ...events, new Paid(1))),
    );
    const refused = error.failures.filter(({ handler }) => handler === "MessageBroker");
    expect(refused.map((failure) => failure.error)).toEqual([down, down]);
    expect(new Set(refused.map(({ event }) => event))).toEqual(new Set(events.slice(0, 2)));
    expect(error).toMatchObject({ response: "done", failures: { length: 4 } });
    expect(messageBroker.messages).toHaveLength(1);
    expect(thanked).toEqual([1]);
  });

  it("tells a failing request from failing events: its own error goes out as it is, and its events are not handled (S6)", async () => {
    const { mediator, thanked } = shop();
    const error = await rejection(
      mediator.send(
        new Do(({ emit }) => {
          emit(new Paid(1));
          throw bang;
        }),
      ),
    );
    expect(error).toBe(bang);
    expect(thanked).toEqual([]);
  });

  it("nests: what failed in a request that a handler sent is its failure's error (E5, E6)", async () => {
    class Outer extends DomainEvent {}
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map
          .bind(Paid, () => {
            throw boom;
          })
          .bind(Outer, (_, context) => context.mediator.send(answering("inner", new Paid()))),
    });
    const error = await rejection<EventHandlingError>(mediator.send(answering("outer", new Outer())));
    expect(error).toMatchObject({ response: "outer", errors: [{ response: "inner", errors: [boom] }] });
  });
});

describe('onEventError: "report"', () => {
  it("tells the logger of each failure, and the dispatch succeeds (E6)", async () => {
    const logger = new RecordingLogger();
    const { mediator, thanked } = shop({ onEventError: "report", logger });
    const event = new Paid(1);
    expect(await mediator.send(answering("answer", event))).toBe("answer");
    expect(logger.lines).toEqual([
      "error: bills failed on an instance of Paid.",
      "error: ships failed on an instance of Paid.",
    ]);
    expect(logger.details).toEqual([
      { handler: "bills", event, error: boom },
      { handler: "ships", event, error: bang },
    ]);
    expect(thanked).toEqual([1]);
  });

  it("lets a stream go on to its end (E6)", async () => {
    const logger = new RecordingLogger();
    const { mediator } = shop({ onEventError: "report", logger });
    expect(await collect(mediator.stream(streaming(new Paid())))).toEqual(["first", "second", "third"]);
    await mediator.publish(new Paid());
    expect(logger.lines).toHaveLength(4);
  });

  it("goes to the console when there is no logger (E6)", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    try {
      const { mediator } = shop({ onEventError: "report" });
      await mediator.publish(new Paid());
      expect(error).toHaveBeenCalledTimes(2);
      expect(error).toHaveBeenCalledWith("bills failed on an instance of Paid.", expect.anything());
    } finally {
      error.mockRestore();
    }
  });

  it("goes to the console when the logger throws, and nothing waits for ever (E6)", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const logger = new RecordingLogger();
    logger.error = () => {
      throw new Error("no disk");
    };
    try {
      const { mediator, thanked } = shop({ onEventError: "report", logger, maxConcurrentEventHandlers: 1 });
      const sent = [1, 2].map((n) => mediator.send(answering(n, new Paid(n))));
      expect(await finished(Promise.all(sent))).toEqual([1, 2]);
      await finished(mediator.publish(new Paid(3)));
      expect(thanked).toEqual([1, 2, 3]);
      expect(error).toHaveBeenCalledTimes(6);
    } finally {
      error.mockRestore();
    }
  });
});

describe("a function as onEventError", () => {
  it("decides for each failure (E6)", async () => {
    const seen: EventFailure[] = [];
    const logger = new RecordingLogger();
    const { mediator } = shop({
      logger,
      onEventError: (failure) => {
        seen.push(failure);
        return failure.error === boom ? "report" : "throw";
      },
    });
    const event = new Paid(1);
    const error = await rejection<EventHandlingError>(mediator.send(answering("answer", event)));
    expect(seen).toEqual([
      { handler: "bills", event, error: boom },
      { handler: "ships", event, error: bang },
    ]);
    expect(logger.lines).toEqual(["error: bills failed on an instance of Paid."]);
    expect(error).toMatchObject({
      response: "answer",
      failures: [{ handler: "ships", event, error: bang }],
      errors: [bang],
    });
  });

  it("may report all, and the dispatch succeeds (E6)", async () => {
    const { mediator } = shop({ onEventError: () => "report", logger: new RecordingLogger() });
    await expect(mediator.send(answering("answer", new Paid()))).resolves.toBe("answer");
  });

  it("is not called while nothing fails (E6)", async () => {
    const onEventError = vi.fn(() => "throw" as const);
    const mediator = bootstrap({ onEventError, domainEventsMapper: (map) => map.bind(Paid, () => {}) });
    await mediator.publish(new Paid());
    expect(onEventError).not.toHaveBeenCalled();
  });

  it("that throws fails the dispatch with both errors, and the rest is still decided (E6)", async () => {
    const mine = new Error("mine");
    const logger = new RecordingLogger();
    const { mediator } = shop({
      logger,
      onEventError: ({ handler }) => {
        if (handler === "bills") throw mine;
        return "report";
      },
    });
    const error = await rejection<EventHandlingError>(finished(mediator.publish(new Paid())));
    expect(error.failures).toMatchObject([
      { handler: "bills", error: boom },
      { handler: "onEventError", error: mine },
    ]);
    expect(logger.lines).toEqual(["error: ships failed on an instance of Paid."]);
  });

  it.each([undefined, null, "ignore", true])(
    "that answers %o, neither of the two, fails the dispatch and is told so: never silence (E6)",
    async (answer) => {
      const { mediator } = shop({ onEventError: () => answer as "report" });
      const error = await rejection<EventHandlingError>(finished(mediator.publish(new Paid())));
      expect(error.errors).toEqual([
        boom,
        expect.any(InvalidOptionError),
        bang,
        expect.any(InvalidOptionError),
      ]);
      expect(error.message).toMatch(/onEventError answered is .*; expected "throw" or "report"/);
    },
  );

  it("that is async decides nothing: the dispatch fails, and no rejection is left unhandled (E6)", async () => {
    const { mediator } = shop({ onEventError: (() => Promise.reject(new Error("mine"))) as never });
    const error = await rejection<EventHandlingError>(finished(mediator.publish(new Paid())));
    expect(error.errors).toContain(boom);
    expect(error.message).toContain("onEventError answered is an instance of Promise");
    await quiet();
  });
});
