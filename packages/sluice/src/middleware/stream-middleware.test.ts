import { describe, expect, it, vi } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { fallback } from "../handlers/fallback.js";
import { RecordingContainer, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { collect, Do, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import type { Middleware } from "./middleware.js";
import { bodies, counting, generator, Happened, kinds } from "./stream-middleware.fixture.js";

describe("middleware around a stream", () => {
  it("runs the first of the list outermost, from the first next() to the end", async () => {
    const log: string[] = [];
    const tracing = (name: string): Middleware => ({
      async *stream(_request, next) {
        log.push(`${name} in`);
        for await (const item of next()) {
          log.push(`${name} has ${item}`);
          yield item;
        }
        log.push(`${name} out`);
      },
    });
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [tracing("first"), tracing("second")],
    });
    const stream = mediator.stream(counting(1, log));
    await quiet();
    expect(log).toEqual([]);
    expect(await collect(stream)).toEqual([1]);
    expect(log).toEqual([
      "first in",
      "second in",
      "yield 1",
      "second has 1",
      "first has 1",
      "finally",
      "second out",
      "first out",
    ]);
  });

  it.each(kinds)("around which one %s leaves S3 to S5 as they are", async (_name, middleware) => {
    for (const readAhead of [0, 2]) {
      const log: string[] = [];
      await using mediator = bootstrap({
        ...bodies,
        domainEventsMapper: (map) =>
          map.bind(Happened, async ({ n }) => {
            await quiet();
            log.push(`event ${n}`);
          }),
        middlewares: [middleware],
      });
      for await (const n of mediator.stream(counting(3), { readAhead })) log.push(`item ${n}`);
      expect(log.filter((line) => line.startsWith("item"))).toEqual(["item 1", "item 2", "item 3"]);
      for (const n of [1, 2, 3]) expect(log.indexOf(`event ${n}`)).toBeLessThan(log.indexOf(`item ${n}`));
    }
  });

  it("lets the handler run ahead of the middleware as far as it would of the consumer (S5)", async () => {
    for (const [readAhead, ahead] of [
      [0, 1],
      [2, 3],
    ]) {
      const log: string[] = [];
      await using mediator = bootstrap({ ...bodies, middlewares: [generator] });
      const stream = mediator.stream(counting(9, log), { readAhead });
      await stream.next();
      await quiet();
      expect(log).toHaveLength(ahead as number);
      await stream.return(undefined);
    }
  });

  it("maps and filters items, whose events are handled all the same (S3)", async () => {
    const handled: number[] = [];
    await using mediator = bootstrap({
      ...bodies,
      domainEventsMapper: (map) => map.bind(Happened, ({ n }) => handled.push(n)),
      middlewares: [
        {
          async *stream(_request, next) {
            for await (const n of next()) if (n !== 2) yield `<${n}>`;
          },
        },
      ],
    });
    const seen: unknown[] = [];
    for await (const item of mediator.stream(counting(3))) seen.push([item, ...handled]);
    expect(seen).toEqual([
      ["<1>", 1],
      ["<3>", 1, 2, 3],
    ]);
  });

  it("answers in the handler's place when it does not call next", async () => {
    const body = vi.fn();
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [
        {
          async *stream() {
            yield "cached";
          },
        },
      ],
    });
    expect(await collect(mediator.stream(new Flow(body)))).toEqual(["cached"]);
    expect(body).not.toHaveBeenCalled();
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "undefined"],
    ["a promise", Promise.resolve([]), "an instance of Promise"],
    ["an array", [1], "an array of 1"],
    ["null", null, "null"],
  ])("refuses a middleware that answers with %s, and names it (S12)", async (_what, answer, described) => {
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [generator, { stream: () => answer as never }],
    });
    const error = await rejection<InvalidOptionError>(mediator.stream(counting(1)).next());
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toBe(
      `The answer of middlewares[1].stream() is ${described}; expected an async iterable. ` +
        "Return what next() gives, or write async *stream() with yield.",
    );
  });

  it("hands another message on, and refuses one of another class", async () => {
    let other: unknown = counting(2);
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [{ stream: (_request, next) => next(other as never) }],
    });
    expect(await collect(mediator.stream(counting(1)))).toEqual([1, 2]);
    other = new Do(() => {});
    const error = await rejection(mediator.stream(counting(1)).next());
    expect(error).toBeInstanceOf(InvalidOptionError);
  });

  it("lays metadata over what was there, for the handler and its events", async () => {
    const seen: unknown[] = [];
    await using mediator = bootstrap({
      ...bodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, (_event, { metadata: { headers, correlationId } }) => {
          seen.push({ ...headers, correlationId });
        }),
      middlewares: [
        {
          stream: (request, next) =>
            next(request, { metadata: { headers: { tenant: "acme" }, correlationId: "c-2" } }),
        },
      ],
    });
    const metadata = { correlationId: "c-1", headers: { locale: "de" } };
    await collect(mediator.stream(counting(1), { metadata }));
    expect(seen).toEqual([{ locale: "de", tenant: "acme", correlationId: "c-2" }]);
  });

  it("opens the stream again when it calls next again, in a scope of its own each time (U1)", async () => {
    const container = new RecordingContainer();
    await using mediator = bootstrap({
      container,
      ...bodies,
      middlewares: [
        {
          async *stream(_request, next) {
            yield* next();
            yield* next();
          },
        },
      ],
    });
    const stream = mediator.stream(
      new Flow(async function* ({ resolve }) {
        yield (await resolve(UnitOfWork)) === container.units.at(-1);
      }),
    );
    expect(await collect(stream)).toEqual([true, true]);
    expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
  });

  it('makes each stream that next gives a unit of work of its own under scope: "dispatch" (U2)', async () => {
    const container = new RecordingContainer();
    const seen: UnitOfWork[] = [];
    await using mediator = bootstrap({
      container,
      scope: "dispatch",
      ...bodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_event, { resolve }) => seen.push(await resolve(UnitOfWork))),
      middlewares: [
        {
          async *stream(_request, next) {
            yield* next();
            yield* next();
          },
        },
      ],
    });
    expect(await collect(mediator.stream(counting(1)))).toEqual([1, 1]);
    expect(seen).toEqual(container.units);
    expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
  });

  it("stands around a fallback as a whole, items and resume included (R6)", async () => {
    const counted: number[] = [];
    class Both extends Flow<number> {}
    await using mediator = bootstrap({
      commandsMapper: (map) =>
        map.bind(
          Both,
          fallback(
            async function* () {
              yield 1;
              throw new Error("down");
            },
            async function* (_request, { resume }) {
              yield (resume?.delivered ?? 0) + 1;
            },
          ),
        ),
      middlewares: [
        {
          async *stream(_request, next) {
            let items = 0;
            for await (const item of next()) {
              items++;
              yield item;
            }
            counted.push(items);
          },
        },
      ],
    });
    expect(await collect(mediator.stream(new Both(async function* () {})))).toEqual([1, 2]);
    expect(counted).toEqual([2]);
  });
});
