import { describe, expect, it } from "vitest";
import {
  bootstrap,
  type ChainContext,
  type Container,
  fallback,
  type HandlerContext,
  ScopeUnsupportedError,
} from "../index.js";
import { collect, Do, Flow, rejection } from "../mediator/flow.fixture.js";
import { RecordingContainer, UnitOfWork, WatchedSignal } from "./recording.fixture.js";
import { application, Order, Ordered, recordingUnits } from "./scopes.fixture.js";

describe("a scope that is joined (U3)", () => {
  it("takes the handler and its event handlers, one at a time, and is never closed (U3)", async () => {
    for (const scope of ["handler", "dispatch", "none"] as const) {
      const { units, gauge, container, mediator } = recordingUnits({ scope });
      const outer = container.createScope();
      await mediator.send(
        new Do(async ({ emit, resolve }) => {
          units.push(await resolve(UnitOfWork));
          for (const name of ["a", "follows up"]) emit(new Ordered(name));
        }),
        { scope: outer },
      );
      await collect(
        mediator.stream(
          new Flow(async function* ({ emit, resolve }) {
            units.push(await resolve(UnitOfWork));
            emit(new Ordered("a"));
            emit(new Ordered("b"));
            yield 1;
            emit(new Ordered("last"));
          }),
          { scope: outer },
        ),
      );
      await mediator.publish(new Ordered("published"), { scope: outer });
      expect(units).toHaveLength(9);
      expect(new Set(units)).toEqual(new Set([outer.unit]));
      expect(gauge.peak).toBe(1);
      expect(container.states).toEqual(["open"]);
    }
  });

  it("works without a container (U3)", async () => {
    const { mediator } = recordingUnits({ container: undefined });
    const outer = new RecordingContainer().createScope();
    const unit = await mediator.send(new Do(({ resolve }) => resolve(UnitOfWork)), { scope: outer });
    expect(unit).toBe(outer.unit);
  });

  it("resolves handler classes, fallbacks and links of a chain in it (U3)", async () => {
    const seen: unknown[] = [];
    const sees = async (order: Order, { next, resolve }: ChainContext<Order>) => {
      seen.push(await resolve(UnitOfWork));
      return next(order);
    };
    const fails = async (_: Order, { resolve }: HandlerContext): Promise<string> => {
      seen.push(await resolve(UnitOfWork));
      throw new Error("broken");
    };
    const { container, mediator } = recordingUnits({
      commandsMapper: (map) =>
        map.bind(Order, [
          sees,
          fallback(fails, async (_: Order, { resolve }: HandlerContext) => {
            seen.push(await resolve(UnitOfWork));
            return "ordered";
          }),
        ]),
    });
    const outer = container.createScope();
    expect(await mediator.send(new Order(), { scope: outer })).toBe("ordered");
    expect(seen).toEqual([outer.unit, outer.unit, outer.unit]);
    expect(container.states).toEqual(["open"]);
  });

  it("is joined through middleware and read-ahead too (U3)", async () => {
    const { units, container, mediator } = recordingUnits({
      middlewares: [
        {
          request: (_request, next) => next(),
          stream: (_request, next) => next(),
          event: (_event, next) => next(),
        },
      ],
    });
    const outer = container.createScope();
    await mediator.send(
      new Do(async ({ emit, resolve }) => {
        units.push(await resolve(UnitOfWork));
        emit(new Ordered("a"));
      }),
      { scope: outer },
    );
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        units.push(await resolve(UnitOfWork));
        emit(new Ordered("b"));
        yield* [1, 2];
      }),
      { scope: outer, readAhead: 1 },
    );
    await collect(stream);
    expect(units).toHaveLength(4);
    expect(new Set(units)).toEqual(new Set([outer.unit]));
    expect(container.states).toEqual(["open"]);
  });

  it("is not closed when the handler fails, the stream is left, or the signal aborts (U3)", async () => {
    const { container, mediator } = recordingUnits();
    const outer = container.createScope();
    const error = new Error("broken");
    const sending = mediator.send(
      new Do(async ({ resolve }) => {
        await resolve(UnitOfWork);
        throw error;
      }),
      { scope: outer },
    );
    expect(await rejection(sending)).toBe(error);
    await rejection(mediator.publish(new Ordered("fails"), { scope: outer }));
    const outside = new WatchedSignal();
    for (const abort of [false, true]) {
      const stream = mediator.stream(
        new Flow(async function* ({ resolve }) {
          await resolve(UnitOfWork);
          yield* [1, 2];
        }),
        { scope: outer, signal: outside.signal },
      );
      await stream.next();
      if (abort) outside.abort();
      await stream.return();
    }
    expect(container.states).toEqual(["open"]);
    expect(outside.listeners).toBe(0);
  });

  it("holds only what joins it: a nested send has a scope of its own, unless it is given the scope (U3, U1)", async () => {
    const { container, mediator } = recordingUnits();
    const outer = container.createScope();
    const unitOf = new Do(({ resolve }) => resolve(UnitOfWork));
    const flow = new Flow<UnitOfWork>(async function* ({ resolve }) {
      yield await resolve(UnitOfWork);
    });
    const [own, ownItems, joined, joinedItems] = await mediator.send(
      new Do(async (context) => [
        await context.mediator.send(unitOf),
        await collect(context.mediator.stream(flow)),
        await context.mediator.send(unitOf, { scope: outer }),
        await collect(context.mediator.stream(flow, { scope: outer })),
      ]),
      { scope: outer },
    );
    expect(own).not.toBe(outer.unit);
    expect(ownItems).not.toEqual([outer.unit]);
    expect(joined).toBe(outer.unit);
    expect(joinedItems).toEqual([outer.unit]);
    expect(container.states).toEqual(["open", "committed", "committed"]);
  });

  it("joins the scope of one stream from several sends at once (U3)", async () => {
    const { container, mediator } = recordingUnits();
    const outer = container.createScope();
    const units = await Promise.all(
      [1, 2, 3].map(() => mediator.send(new Do(({ resolve }) => resolve(UnitOfWork)), { scope: outer })),
    );
    expect(new Set(units)).toEqual(new Set([outer.unit]));
    expect(container.states).toEqual(["open"]);
  });
});

describe('scope: "none" (U3)', () => {
  it("opens none; the container itself resolves (U3)", async () => {
    const { log, container, mediator } = application({ scope: "none" });
    await mediator.send(new Order());
    expect(log).toEqual(["handle", "event"]);
    expect(container.units).toEqual([]);
  });

  it("is the default without a container, and with one that has no scopes (U4)", async () => {
    for (const container of [undefined, { resolve: (token: unknown) => new (token as new () => never)() }]) {
      const { log, mediator } = application({ container });
      await mediator.send(new Order());
      expect(log).toEqual(["handle", "event"]);
    }
  });
});

describe("a container that cannot open scopes (U4)", () => {
  it('is an error at bootstrap under an explicit "handler" or "dispatch", never a silent nothing (U4)', () => {
    const withoutScopes: Container = { resolve: (token) => new (token as new () => never)() };
    for (const scope of ["handler", "dispatch"] as const) {
      for (const container of [withoutScopes, undefined]) {
        expect(() => bootstrap({ container, scope })).toThrow(ScopeUnsupportedError);
        expect(() => bootstrap({ container, scope })).toThrow(new RegExp(`"${scope}".*createScope`));
      }
    }
    expect(() => bootstrap({ container: withoutScopes, scope: "none" })).not.toThrow();
  });
});
