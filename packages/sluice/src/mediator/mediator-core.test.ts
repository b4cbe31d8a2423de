import { afterEach, describe, expect, it, vi } from "vitest";
import type { HandlerContext } from "../handlers/handler-context.js";
import { Command } from "../messages/command.js";
import { RequestHandler } from "../requests/request-handler.js";
import { CloseTimeoutError } from "../requests/stream-errors.js";
import { bootstrap } from "./bootstrap.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  finished,
  Gates,
  quiet,
  RecordingBroker,
  rejection,
  Told,
} from "./flow.fixture.js";
import { emitting, Happened, isSettled, mediatorOf } from "./gated-mediator.fixture.js";
import type { Mediator } from "./mediator.js";
import { MediatorClosedError } from "./mediator-errors.js";

describe("close()", () => {
  afterEach(() => vi.useRealTimers());

  it("takes nothing more from outside, and says so", async () => {
    const ran = vi.fn();
    const constructed = vi.fn();
    class Work extends Command {}
    class Worker extends RequestHandler<Work> {
      constructor() {
        super();
        constructed();
      }
      handle() {}
    }
    const mediator = bootstrap({
      messageBroker: new RecordingBroker(),
      commandsMapper: (map) => bindBodies(map).bind(Work, Worker),
      domainEventsMapper: (map) => map.bind(Happened, ran),
    });
    const unstarted = mediator.stream(
      new Flow(async function* () {
        yield ran();
      }),
    );
    await mediator.close();
    const refused = [
      mediator.send(new Work()),
      mediator.publish(new Happened()),
      mediator.publish(new Told()),
      unstarted.next(),
      mediator.stream(new Flow(async function* () {})).next(),
    ];
    for (const promise of refused) {
      const error = await rejection<MediatorClosedError>(promise);
      expect(error).toBeInstanceOf(MediatorClosedError);
      expect(error.code).toBe("SLUICE_MEDIATOR_CLOSED");
      expect(error.message).toContain("is closed");
    }
    expect(ran).not.toHaveBeenCalled();
    expect(constructed).not.toHaveBeenCalled();
    expect(await unstarted.next()).toEqual({ done: true, value: undefined });
  });

  it("refuses from the moment it is called, while it still waits", async () => {
    const gates = new Gates();
    const mediator = mediatorOf(gates);
    const sent = mediator.send(new Do(() => gates.pass("handler")));
    const closed = mediator.close();
    expect(await rejection(mediator.send(new Do(() => {})))).toBeInstanceOf(MediatorClosedError);
    await gates.openAll();
    await finished(Promise.all([sent, closed]));
  });

  it("waits for requests with their events and follow-ups, for streams, and for published events", async () => {
    const gates = new Gates();
    const mediator = mediatorOf(gates);
    const sent = mediator.send(
      new Do(async ({ emit }) => {
        await gates.pass("request");
        emit(new Happened("its event"));
      }),
    );
    const streamed = collect(
      mediator.stream(
        new Flow(async function* ({ emit }) {
          await gates.pass("stream");
          yield 1;
          emit(new Happened("the stream's event"));
          yield 2;
        }),
      ),
    );
    const published = mediator.publish(new Happened("published"));
    const closed = mediator.close();
    await quiet();
    for (const name of ["request", "stream", "published", "its event", "the stream's event"]) {
      expect(await isSettled(closed)).toBe(false);
      await gates.open(name);
    }
    await finished(closed);
    await sent;
    expect(await streamed).toEqual([1, 2]);
    await published;
  });

  it("waits for a stream that its consumer holds open, until that is returned", async () => {
    const mediator = mediatorOf(new Gates());
    let cleanedUp = false;
    const stream = mediator.stream(
      new Flow(async function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          cleanedUp = true;
        }
      }),
    );
    await stream.next();
    const closed = mediator.close();
    expect(await isSettled(closed)).toBe(false);
    await stream.return(undefined);
    await finished(closed);
    expect(cleanedUp).toBe(true);
  });

  it("does not wait for a stream that was never started (S9)", async () => {
    const mediator = mediatorOf(new Gates());
    mediator.stream(new Flow(async function* () {}));
    await finished(mediator.close());
  });

  it.each([
    ["context.mediator", (context: HandlerContext) => context.mediator],
    ["any reference, in an event's handler", undefined],
  ])("lets in to the end what handlers under way send through %s (E5)", async (_, via) => {
    const gates = new Gates();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, context) => {
          await gates.pass("before");
          const inner = via?.(context) ?? mediator;
          await inner.send(new Do(() => gates.pass("nested")));
          await collect(
            inner.stream(
              new Flow(async function* () {
                yield await gates.pass("streamed");
              }),
            ),
          );
        }),
    });
    const published = mediator.publish(new Happened());
    const closed = mediator.close();
    await quiet();
    for (const name of ["before", "nested", "streamed"]) {
      expect(await isSettled(closed)).toBe(false);
      await gates.open(name);
    }
    await finished(Promise.all([published, closed]));
  });

  it.each(["auto", "context"] as const)(
    "is the end of it also for handlers that have ended: reentrancy %s",
    async (reentrancy) => {
      const gate = Promise.withResolvers<void>();
      const ran = vi.fn();
      const late: Promise<unknown>[] = [];
      const mediator = bootstrap({
        reentrancy,
        messageBroker: { publish: ran, close: async () => {} },
        commandsMapper: bindBodies,
        domainEventsMapper: (map) =>
          map.bind(Happened, (_, context) => {
            const flow = new Flow(async function* () {
              yield ran();
            });
            for (const send of [
              () => context.mediator.send(new Do(ran)),
              () => mediator.send(new Do(ran)),
              () => context.mediator.publish(new Told()),
              () => collect(context.mediator.stream(flow)),
            ]) {
              late.push(gate.promise.then(send).catch((error) => error));
            }
          }),
      });
      await mediator.publish(new Happened());
      await finished(mediator.close());
      gate.resolve();
      const errors = await finished(Promise.all(late));
      expect(errors).toEqual(Array.from({ length: 4 }, () => expect.any(MediatorClosedError)));
      expect(ran).not.toHaveBeenCalled();
    },
  );

  it("waits whatever way a dispatch ends", async () => {
    const gates = new Gates();
    const mediator = mediatorOf(gates);
    const failing = mediator.send(new Do(() => gates.pass("failing")));
    const flow = new Flow(async function* () {
      yield await gates.pass("broken stream");
    });
    const broken = collect(mediator.stream(flow));
    const failingEvent = mediator.publish(new Happened("failing event"));
    const stop = new AbortController();
    const aborted = mediator.send(new Do(() => gates.pass("aborted")), { signal: stop.signal });
    const closed = mediator.close();
    await quiet();
    stop.abort("enough");
    expect(await rejection(aborted)).toBe("enough");
    const error = new Error("no");
    const errors = Promise.all([failing, broken, failingEvent].map((promise) => rejection(promise)));
    for (const name of ["failing", "broken stream", "failing event"]) {
      expect(await isSettled(closed)).toBe(false);
      await gates.fail(name, error);
    }
    expect(await finished(errors)).toEqual([error, error, expect.objectContaining({ errors: [error] })]);
    expect(await isSettled(closed)).toBe(false);
    await gates.open("aborted");
    await finished(closed);
  });

  it("may be called again: all calls settle together", async () => {
    const gates = new Gates();
    const mediator = mediatorOf(gates);
    const sent = mediator.send(emitting("event"));
    const closed = [mediator.close(), mediator.close(), mediator[Symbol.asyncDispose]()];
    await quiet();
    expect(await isSettled(Promise.race(closed))).toBe(false);
    await gates.openAll();
    await finished(Promise.all([sent, ...closed, mediator.close()]));
  });

  it("is what await using calls", async () => {
    let outside: Mediator;
    {
      await using mediator = mediatorOf(new Gates());
      outside = mediator;
      await mediator.send(new Do(() => {}));
    }
    expect(await rejection(outside.send(new Do(() => {})))).toBeInstanceOf(MediatorClosedError);
  });

  it("leaves the broker and the container to whoever made them", async () => {
    const messageBroker = new RecordingBroker();
    const close = vi.spyOn(messageBroker, "close");
    const container = { resolve: () => expect.unreachable(), close: vi.fn() };
    await mediatorOf(new Gates(), { messageBroker, container }).close();
    expect(close).not.toHaveBeenCalled();
    expect(container.close).not.toHaveBeenCalled();
  });

  it("leaves no timer behind, and needs none to end", async () => {
    vi.useFakeTimers();
    const gates = new Gates();
    const mediator = mediatorOf(gates);
    const sent = mediator.send(emitting("event"));
    const closed = mediator.close();
    await gates.openAll();
    await Promise.all([sent, closed]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives up after closeTimeoutMs: aborts what still runs, and names it", async () => {
    vi.useFakeTimers();
    const gates = new Gates();
    const mediator = mediatorOf(gates, { closeTimeoutMs: 250 });
    const signals: AbortSignal[] = [];
    const stuck = (name: string) => async (context: HandlerContext) => {
      signals.push(context.signal);
      await gates.pass(name);
    };
    const sent = mediator.send(new Do(stuck("request")));
    const flow = new Flow(async function* (context) {
      yield await stuck("stream")(context);
    });
    const next = rejection(mediator.stream(flow).next());
    const closed = rejection<CloseTimeoutError>(mediator.close());
    await vi.advanceTimersByTimeAsync(249);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(1);
    const error = await closed;
    expect(error).toBeInstanceOf(CloseTimeoutError);
    expect(error).toMatchObject({ code: "SLUICE_CLOSE_TIMEOUT", closeTimeoutMs: 250 });
    expect(error.stillRunning.toSorted()).toEqual(["Do", "Flow"]);
    expect(error.message).toMatch(/closeTimeoutMs \(250 ms\).*context\.signal/);
    expect(signals.map(({ reason }) => reason)).toEqual([error, error]);
    expect(await next).toBe(error);
    expect(await rejection(mediator.close())).toBe(error);
    await gates.openAll();
    await sent;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("names a message by its class, whatever its fields are", async () => {
    vi.useFakeTimers();
    const gates = new Gates();
    const mediator = mediatorOf(gates, { closeTimeoutMs: 1 });
    const odd = Object.assign(new Do(() => gates.pass("odd")), { constructor: null });
    const sent = mediator.send(odd);
    const closed = rejection<CloseTimeoutError>(mediator.close());
    await vi.advanceTimersByTimeAsync(1);
    expect((await closed).stillRunning).toEqual(["Do"]);
    await gates.openAll();
    await sent;
  });

  it("waits ten seconds when nothing else is said", async () => {
    vi.useFakeTimers();
    const gates = new Gates();
    const mediator = mediatorOf(gates);
    const sent = mediator.send(new Do(() => gates.pass("slow")));
    const closed = mediator.close();
    await vi.advanceTimersByTimeAsync(9_999);
    await gates.open("slow");
    await Promise.all([sent, closed]);
  });
});
