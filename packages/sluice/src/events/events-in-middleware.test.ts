import { describe, expect, it } from "vitest";
import { collect, Flow, RecordingBroker, RecordingLogger, Told } from "../mediator/flow.fixture.js";
import type { Middleware } from "../middleware/middleware.js";
import { emitAll } from "./emit-all.fixture.js";
import type { EventFailure } from "./event-errors.js";
import type { EventMap } from "./event-map.js";
import { mediatorOf, Step, steps } from "./event-processor.fixture.js";

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
