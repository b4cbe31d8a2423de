import { describe, expect, it, vi } from "vitest";
import { EventHandlingError } from "../events/event-errors.js";
import { RecordingContainer, stateOf, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, finished, rejection } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { CloseTimeoutError } from "../requests/stream-errors.js";
import { Ask, asking, Happened } from "./request-middleware.fixture.js";

describe("middleware around a request", () => {
  it("runs the handler again when it calls next again, in a scope of its own each time (U1)", async () => {
    const container = new RecordingContainer();
    const units: UnitOfWork[] = [];
    const emitted: number[] = [];
    class Counted extends DomainEvent {
      constructor(readonly n: number) {
        super();
      }
    }
    await using mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Counted, ({ n }) => emitted.push(n)),
      middlewares: [
        {
          async request(_request, next) {
            await next().catch(() => {});
            return next();
          },
        },
      ],
    });
    const answer = await mediator.send(
      new Do(async ({ emit, resolve }) => {
        units.push(await resolve(UnitOfWork));
        emit(new Counted(units.length));
        if (units.length === 1) throw new Error("the first try");
        return units.length;
      }),
    );
    expect(answer).toBe(2);
    expect(units[0]).not.toBe(units[1]);
    expect(units.map(({ state }) => state)).toEqual(["rolled back", "committed"]);
    expect(emitted).toEqual([2]);
  });

  it('makes each call of next a unit of work of its own under scope: "dispatch" (U2)', async () => {
    const container = new RecordingContainer();
    const seen: UnitOfWork[] = [];
    await using mediator = bootstrap({
      container,
      scope: "dispatch",
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, { resolve }) => seen.push(await resolve(UnitOfWork))),
      middlewares: [
        {
          async request(_request, next) {
            await next();
            return next();
          },
        },
      ],
    });
    await mediator.send(
      new Do(async ({ emit, resolve }) => {
        seen.push(await resolve(UnitOfWork));
        emit(new Happened());
      }),
    );
    const [first, second] = container.units;
    expect(seen).toEqual([first, first, second, second]);
    expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
  });

  it("joins an outside scope in every run, and closes it in none (U3)", async () => {
    const container = new RecordingContainer();
    const scope = container.createScope();
    const seen: UnitOfWork[] = [];
    await using mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      middlewares: [
        {
          async request(request, next) {
            await next();
            return next(request, { metadata: {} });
          },
        },
      ],
    });
    const look = new Do(async ({ resolve }) => {
      seen.push(await resolve(UnitOfWork));
    });
    await mediator.send(look, { scope });
    expect(seen).toEqual([scope.unit, scope.unit]);
    expect(container.states).toEqual(["open"]);
  });

  it.each(["throws", "rejects"] as const)(
    "fails the dispatch with the very error when it %s",
    async (how) => {
      const error = new Error("not today");
      await using mediator = asking({
        request() {
          if (how === "throws") throw error;
          return Promise.reject(error);
        },
      });
      expect(await rejection(mediator.send(new Ask("why")))).toBe(error);
    },
  );

  it("rolls nothing back when it throws after next: what it wraps is done", async () => {
    const container = new RecordingContainer();
    await using mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      middlewares: [
        {
          async request(_request, next) {
            await next();
            throw new Error("too late");
          },
        },
      ],
    });
    const touch = new Do(async ({ resolve }) => {
      await resolve(UnitOfWork);
    });
    expect(await rejection(mediator.send(touch))).toMatchObject({ message: "too late" });
    expect(container.states).toEqual(["committed"]);
  });

  it("is told of event handlers that failed, and may answer all the same (E6)", async () => {
    await using mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, () => {
          throw new Error("no");
        }),
      middlewares: [
        {
          request: (_request, next) =>
            next().catch((error) => {
              if (error instanceof EventHandlingError) return error.response;
              throw error;
            }),
        },
      ],
    });
    const answer = mediator.send(
      new Do(({ emit }) => {
        emit(new Happened());
        return 7;
      }),
    );
    expect(await answer).toBe(7);
  });
});

describe("middleware around a request", () => {
  it("keeps close() waiting for a run that it no longer waits for", async () => {
    const running = Promise.withResolvers<void>();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      middlewares: [
        {
          async request(_request, next) {
            next().catch(() => {});
            return "gone on";
          },
        },
      ],
    });
    expect(await mediator.send(new Do<unknown>(() => running.promise))).toBe("gone on");
    const closed = mediator.close();
    expect(await stateOf(closed)).toBe("pending");
    running.resolve();
    await finished(closed);
  });

  it("names it once when close() gives up waiting (S8)", async () => {
    vi.useFakeTimers();
    try {
      const stuck = Promise.withResolvers<void>();
      const mediator = bootstrap({
        commandsMapper: bindBodies,
        middlewares: [{ request: (request, next) => next(request, { metadata: {} }) }],
      });
      const answer = mediator.send(new Do(() => stuck.promise));
      const closed = rejection<CloseTimeoutError>(mediator.close());
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await closed).stillRunning).toEqual(["Do"]);
      stuck.resolve();
      await answer;
    } finally {
      vi.useRealTimers();
    }
  });
});
