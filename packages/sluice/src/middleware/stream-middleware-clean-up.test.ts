import { describe, expect, it, vi } from "vitest";
import { fallback } from "../handlers/fallback.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { Flow, finished, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { bodies, counting, Happened, kinds } from "./stream-middleware.fixture.js";

describe("what middleware around a stream has opened", () => {
  it("ends the handler by a signal that the middleware gives, as by the caller's (S8)", async () => {
    const container = new RecordingContainer();
    const given = new WatchedSignal();
    const stuck = Promise.withResolvers<void>();
    await using mediator = bootstrap({
      container,
      ...bodies,
      middlewares: [
        { stream: (request, next) => next(request, { signal: given.signal }) },
        { stream: (request, next) => next(request, { metadata: {} }) },
      ],
    });
    const stream = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        await stuck.promise;
        yield 2;
      }),
    );
    await stream.next();
    const pending = stream.next();
    await quiet();
    const reason = new Error("enough");
    given.abort(reason);
    expect(await rejection(finished(pending))).toBe(reason);
    stuck.resolve();
    await quiet();
    expect(container.states).toEqual(["rolled back"]);
    expect(given.listeners).toBe(0);
  });

  it("opens nothing when the signal that the middleware gives has aborted already", async () => {
    const body = vi.fn();
    const reason = new Error("enough");
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [{ stream: (request, next) => next(request, { signal: AbortSignal.abort(reason) }) }],
    });
    expect(await rejection(mediator.stream(new Flow(body)).next())).toBe(reason);
    expect(body).not.toHaveBeenCalled();
  });

  it("ends what a middleware opened and left open, before the stream's own return() settles (S7)", async () => {
    const log: string[] = [];
    await using mediator = bootstrap({
      ...bodies,
      middlewares: [
        {
          stream(_request, next) {
            const source = next()[Symbol.asyncIterator]();
            return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) };
          },
        },
      ],
    });
    for await (const _ of mediator.stream(counting(3, log))) break;
    expect(log).toEqual(["yield 1", "finally"]);
  });

  it("keeps close() waiting for a handler that a failed stream no longer waits for", async () => {
    const running = Promise.withResolvers<void>();
    const mediator = bootstrap({
      ...bodies,
      logger: new RecordingLogger(),
      middlewares: [
        {
          stream(_request, next) {
            const source = next()[Symbol.asyncIterator]();
            const fails = async () => {
              source.next().catch(() => {});
              throw new Error("gone on");
            };
            return {
              [Symbol.asyncIterator]: () => ({ next: fails, return: () => source.return?.() as never }),
            };
          },
        },
      ],
    });
    const stream = mediator.stream(
      new Flow(async function* () {
        await running.promise;
        yield 1;
      }),
    );
    expect((await rejection(stream.next())).message).toBe("gone on");
    const closed = mediator.close();
    expect(await stateOf(closed)).toBe("pending");
    running.resolve();
    await finished(stream.return(undefined));
    await finished(closed);
  });

  it("never makes anything of a stream that is never started (S9)", async () => {
    const stream = vi.fn((_request: unknown, next: () => AsyncIterable<unknown>) => next());
    await using mediator = bootstrap({ ...bodies, middlewares: [{ stream }] });
    await mediator.stream(counting(1)).return(undefined);
    expect(stream).not.toHaveBeenCalled();
  });

  it.each(kinds)(
    'keeps all of it with one %s, read ahead, under scope: "dispatch", around a fallback (S3, S5, R6, U2)',
    async (_name, middleware) => {
      const container = new RecordingContainer();
      const log: string[] = [];
      const seen: UnitOfWork[] = [];
      class Both extends Flow<number> {}
      await using mediator = bootstrap({
        container,
        scope: "dispatch",
        commandsMapper: (map) =>
          map.bind(
            Both,
            fallback(
              async function* (_request, { emit, resolve }) {
                seen.push(await resolve(UnitOfWork));
                for (const n of [1, 2]) {
                  emit(new Happened(n));
                  yield n;
                }
                throw new Error("down");
              },
              async function* (_request, { emit, resolve, resume }) {
                seen.push(await resolve(UnitOfWork));
                emit(new Happened((resume?.delivered ?? 0) + 1));
                yield (resume?.delivered ?? 0) + 1;
              },
            ),
          ),
        domainEventsMapper: (map) =>
          map.bind(Happened, async ({ n }, { resolve }) => {
            seen.push(await resolve(UnitOfWork));
            log.push(`event ${n}`);
          }),
        middlewares: [
          middleware,
          {
            async *stream(_request, next) {
              yield* next();
              yield* next();
            },
          },
          middleware,
        ],
      });
      for await (const n of mediator.stream(new Both(async function* () {}), { readAhead: 2 }))
        log.push(`item ${n}`);
      expect(log.filter((line) => line.startsWith("item"))).toEqual(
        [1, 2, 3, 1, 2, 3].map((n) => `item ${n}`),
      );
      for (const half of [log.slice(0, 6), log.slice(6)]) {
        expect([...half].sort()).toEqual(["event 1", "event 2", "event 3", "item 1", "item 2", "item 3"]);
        for (const n of [1, 2, 3]) expect(half.indexOf(`event ${n}`)).toBeLessThan(half.indexOf(`item ${n}`));
      }
      expect(container.log).toEqual(["enter", "commit", "enter", "commit"]);
      expect([...new Set(seen)]).toEqual(container.units);
      expect(seen.slice(0, 5).every((unit) => unit === container.units[0])).toBe(true);
    },
  );
});
