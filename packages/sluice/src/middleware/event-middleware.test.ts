import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { EventHandlingError } from "../events/event-errors.js";
import { fallback } from "../handlers/fallback.js";
import { RecordingContainer, stateOf, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import {
  bindBodies,
  Do,
  finished,
  Gates,
  quiet,
  RecordingBroker,
  rejection,
  Told,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Middleware } from "./middleware.js";

class Happened extends DomainEvent {
  constructor(readonly n = 0) {
    super();
  }
}

class FollowedUp extends DomainEvent {
  constructor(readonly n: number) {
    super();
  }
}

const tracing = (name: string, log: string[]): Middleware => ({
  async event(_event, next, { handlerName }) {
    log.push(`${name} in ${handlerName}`);
    try {
      return await next();
    } finally {
      log.push(`${name} out ${handlerName}`);
    }
  },
});

/** Calls next twice, and answers as the second call does. */
const twice: Middleware = {
  async event(_event, next) {
    await next().catch(() => {});
    return next();
  },
};

describe("middleware around an event", () => {
  it("runs around each handler, the first of the list outermost", async () => {
    const log: string[] = [];
    await using mediator = bootstrap({
      domainEventsMapper: (map) =>
        map
          .bind(Happened, function audit() {
            log.push("audit");
          })
          .bind(Happened, function index() {
            log.push("index");
          }),
      concurrentEventHandleEnable: false,
      middlewares: [tracing("first", log), tracing("second", log)],
    });
    await mediator.publish(new Happened());
    expect(log).toEqual([
      ...["first in audit", "second in audit", "audit", "second out audit", "first out audit"],
      ...["first in index", "second in index", "index", "second out index", "first out index"],
    ]);
  });

  it("does not stand around a handler's follow-ups: they come when it is done, each with its own (E4)", async () => {
    const log: string[] = [];
    await using mediator = bootstrap({
      domainEventsMapper: (map) =>
        map
          .bind(Happened, function first(_event, { emit }) {
            emit(new FollowedUp(1));
          })
          .bind(FollowedUp, function second() {}),
      middlewares: [tracing("around", log)],
    });
    await mediator.publish(new Happened());
    expect(log).toEqual(["around in first", "around out first", "around in second", "around out second"]);
  });

  it("runs around a publishing to the broker, which answers for that one event", async () => {
    const log: string[] = [];
    const broker = new RecordingBroker();
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      messageBroker: broker,
      middlewares: [tracing("around", log)],
    });
    const event = new Told(1);
    await mediator.send(new Do(({ emit }) => emit(event)));
    expect(log).toEqual(["around in MessageBroker", "around out MessageBroker"]);
    expect(broker.messages.map(({ id }) => id)).toEqual([event.eventId]);
  });

  it("keeps the order per key around the broker (E7)", async () => {
    const gates = new Gates();
    const broker = new RecordingBroker();
    await using mediator = bootstrap({
      messageBroker: broker,
      middlewares: [
        {
          async event(event, next) {
            await gates.pass(`publish ${(event as Told).payload.n}`);
            return next();
          },
        },
      ],
    });
    const done = Promise.all([1, 2].map((n) => mediator.publish(new Told(n, "a"))));
    await quiet();
    expect(gates.waiting).toEqual(["publish 1"]);
    await gates.openAll();
    await finished(done);
    expect(broker.messages.map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it("keeps an event from its handler, or from the broker, when it does not call next", async () => {
    const handle = vi.fn();
    const broker = new RecordingBroker();
    await using mediator = bootstrap({
      domainEventsMapper: (map) => map.bind(Happened, handle),
      messageBroker: broker,
      middlewares: [{ event: () => {} }],
    });
    await mediator.publish(new Happened());
    await mediator.publish(new Told());
    expect(handle).not.toHaveBeenCalled();
    expect(broker.messages).toEqual([]);
  });

  it("hands another event of the same class on, and refuses one of another class", async () => {
    const seen: number[] = [];
    let other: DomainEvent = new Happened(2);
    await using mediator = bootstrap({
      domainEventsMapper: (map) => map.bind(Happened, ({ n }) => seen.push(n)),
      middlewares: [{ event: (_event, next) => next(other) }],
    });
    await mediator.publish(new Happened(1));
    expect(seen).toEqual([2]);
    other = new FollowedUp(3);
    const error = await rejection<EventHandlingError>(mediator.publish(new Happened(1)));
    expect(error.errors).toEqual([expect.any(InvalidOptionError)]);
  });

  it("lays metadata over what was there, for the handler, what that sends, and the broker's headers", async () => {
    const seen: unknown[] = [];
    const broker = new RecordingBroker();
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, { metadata, mediator: inner }) => {
          seen.push({ ...metadata.headers, correlationId: metadata.correlationId });
          await inner.send(
            new Do(({ metadata: { headers, correlationId } }) => {
              seen.push({ ...headers, correlationId });
            }),
          );
        }),
      messageBroker: broker,
      middlewares: [
        {
          event: (event, next) =>
            next(event, {
              metadata: { headers: { tenant: "acme" }, correlationId: "c-2", causationId: "m-0" },
            }),
        },
      ],
    });
    const metadata = { correlationId: "c-1", headers: { locale: "de" } };
    await mediator.publish(new Happened(), { metadata });
    const expected = { locale: "de", tenant: "acme", correlationId: "c-2" };
    expect(seen).toEqual([expected, expected]);
    await mediator.send(new Do(({ emit }) => emit(new Told())));
    expect(broker.messages[0]?.headers).toEqual({
      tenant: "acme",
      "correlation-id": "c-2",
      "causation-id": "m-0",
    });
  });

  it("aborts the handler by a signal that it gives", async () => {
    const given = new AbortController();
    await using mediator = bootstrap({
      domainEventsMapper: (map) =>
        map.bind(
          Happened,
          (_event, { signal }) =>
            new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        ),
      middlewares: [{ event: (event, next) => next(event, { signal: given.signal }) }],
    });
    const published = mediator.publish(new Happened());
    expect(await stateOf(published)).toBe("pending");
    const reason = new Error("enough");
    given.abort(reason);
    expect((await rejection<EventHandlingError>(published)).errors).toEqual([reason]);
  });

  it("runs the handler again when it calls next again: its scope and its events are those of one try (U1)", async () => {
    const container = new RecordingContainer();
    const seen: number[] = [];
    let tries = 0;
    await using mediator = bootstrap({
      container,
      domainEventsMapper: (map) =>
        map
          .bind(Happened, async (_event, { emit, resolve }) => {
            await resolve(UnitOfWork);
            tries++;
            emit(new FollowedUp(tries));
            if (tries === 1) throw new Error("the first try");
          })
          .bind(FollowedUp, ({ n }) => seen.push(n)),
      middlewares: [
        {
          event: (event, next, context) =>
            event instanceof Happened ? twice.event?.(event, next, context) : next(),
        },
      ],
    });
    await mediator.publish(new Happened());
    expect(container.states).toEqual(["rolled back", "committed"]);
    expect(seen).toEqual([2]);
  });

  it('shares the unit of work of its dispatch under scope: "dispatch", in every try (U2)', async () => {
    const container = new RecordingContainer();
    const seen = new Set<UnitOfWork>();
    await using mediator = bootstrap({
      container,
      scope: "dispatch",
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, { resolve }) => seen.add(await resolve(UnitOfWork))),
      middlewares: [twice, { event: (event, next) => next(event, { metadata: {} }) }],
    });
    await mediator.send(
      new Do(async ({ emit, resolve }) => {
        seen.add(await resolve(UnitOfWork));
        emit(new Happened());
      }),
    );
    expect([...seen]).toEqual(container.units);
    expect(container.log).toEqual(["enter", "commit"]);
  });

  it("stands around a fallback as a whole (R5)", async () => {
    const log: string[] = [];
    const primary = () => {
      log.push("primary");
      throw new Error("down");
    };
    await using mediator = bootstrap({
      domainEventsMapper: (map) =>
        map.bind(
          Happened,
          fallback(primary, () => log.push("secondary")),
        ),
      middlewares: [tracing("around", log)],
    });
    await mediator.publish(new Happened());
    expect(log).toEqual(["around in primary", "primary", "secondary", "around out primary"]);
  });

  it.each(["throws", "rejects"] as const)(
    "that %s counts as a failure of that handler, and stops no other (E6)",
    async (how) => {
      const error = new Error("not today");
      const other = vi.fn();
      await using mediator = bootstrap({
        domainEventsMapper: (map) => map.bind(Happened, function audit() {}).bind(Happened, other),
        middlewares: [
          {
            event(_event, next, { handlerName }) {
              if (handlerName !== "audit") return next();
              if (how === "throws") throw error;
              return Promise.reject(error);
            },
          },
        ],
      });
      const failure = await rejection<EventHandlingError>(mediator.publish(new Happened()));
      expect(failure.failures).toEqual([{ event: expect.any(Happened), handler: "audit", error }]);
      expect(other).toHaveBeenCalledOnce();
    },
  );

  it("holds its slot of the limit from the outermost middleware to its end (E2)", async () => {
    const gates = new Gates();
    await using mediator = bootstrap({
      maxConcurrentEventHandlers: 1,
      domainEventsMapper: (map) =>
        map.bind(Happened, function audit() {}).bind(Happened, function index() {}),
      middlewares: [
        {
          async event(_event, next, { handlerName }) {
            await gates.pass(`before ${handlerName}`);
            await next();
            await gates.pass(`after ${handlerName}`);
          },
        },
      ],
    });
    const published = mediator.publish(new Happened());
    await quiet();
    expect(gates.waiting).toEqual(["before audit"]);
    await gates.open("before audit");
    expect(gates.waiting).toEqual(["after audit"]);
    await gates.open("after audit");
    expect(gates.waiting).toEqual(["before index"]);
    await gates.openAll();
    await finished(published);
  });

  it("keeps close() waiting for a handler that it no longer waits for, when it gave it a signal", async () => {
    const running = Promise.withResolvers<void>();
    const unused = new AbortController();
    const mediator = bootstrap({
      domainEventsMapper: (map) => map.bind(Happened, () => running.promise),
      middlewares: [
        {
          async event(event, next) {
            next(event, { signal: unused.signal }).catch(() => {});
          },
        },
      ],
    });
    await mediator.publish(new Happened());
    const closed = mediator.close();
    expect(await stateOf(closed)).toBe("pending");
    running.resolve();
    await finished(closed);
  });
});
