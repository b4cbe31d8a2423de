import { afterEach, describe, expect, it, vi } from "vitest";
import { EventMap } from "../events/event-map.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { Query } from "../messages/query.js";
import { DuplicateHandlerError } from "../requests/request-errors.js";
import { RequestHandler } from "../requests/request-handler.js";
import { RequestMap } from "../requests/request-map.js";
import { StreamingRequestHandler } from "../requests/streaming-request-handler.js";
import { bootstrap, bootstrapStreaming } from "./bootstrap.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import { bindBodies, collect, Do, Flow, finished, Gates, quiet, rejection } from "./flow.fixture.js";
import { StartupError } from "./mediator-errors.js";

class Ask extends Query<string> {}
class CountTo extends Command<number> {
  constructor(readonly last: number) {
    super();
  }
}
class Happened extends DomainEvent {}

class CountToHandler extends StreamingRequestHandler<CountTo> {
  async *handle({ last }: CountTo) {
    for (let n = 1; n <= last; n++) {
      this.emit(new Happened());
      yield n;
    }
  }
}

describe("bootstrap", () => {
  it("makes one mediator that sends, streams and publishes", async () => {
    const handled = vi.fn();
    const mediator = bootstrap({
      commandsMapper: (map) => map.bind(CountTo, CountToHandler),
      queriesMapper: (map) => map.bind(Ask, async () => "answer"),
      domainEventsMapper: (map) => map.bind(Happened, handled),
    });
    expect(await mediator.send(new Ask())).toBe("answer");
    expect(await collect(mediator.stream(new CountTo(3)))).toEqual([1, 2, 3]);
    expect(handled).toHaveBeenCalledTimes(3);
    await mediator.publish(new Happened());
    expect(handled).toHaveBeenCalledTimes(4);
  });

  it("runs each mapper once, at once, with a map to bind in", () => {
    const commandsMapper = vi.fn();
    const queriesMapper = vi.fn();
    const domainEventsMapper = vi.fn();
    bootstrap({ commandsMapper, queriesMapper, domainEventsMapper });
    expect(commandsMapper.mock.calls).toEqual([[expect.any(RequestMap)]]);
    expect(queriesMapper.mock.calls).toEqual([[expect.any(RequestMap)]]);
    expect(domainEventsMapper.mock.calls).toEqual([[expect.any(EventMap)]]);
  });

  it("needs no option: a mediator without handlers is one", async () => {
    const mediator = bootstrap({});
    expect(await rejection(mediator.send(new Ask()))).toMatchObject({ code: "SLUICE_NO_HANDLER" });
    await mediator.close();
  });

  it("takes undefined for every option as if it were left out", async () => {
    const nothing: BootstrapOptions = {
      container: undefined,
      commandsMapper: undefined,
      queriesMapper: undefined,
      domainEventsMapper: undefined,
      messageBroker: undefined,
      middlewares: undefined,
      onStartup: undefined,
      maxConcurrentEventHandlers: undefined,
      concurrentEventHandleEnable: undefined,
      onEventError: undefined,
      onEventSettled: undefined,
      maxFollowUpDepth: undefined,
      scope: undefined,
      reentrancy: undefined,
      closeTimeoutMs: undefined,
      logger: undefined,
    };
    await bootstrap(nothing).close();
  });

  it("finds a second handler also over two mappers, before anything runs (R2)", () => {
    const onStartup = vi.fn();
    const bind = (map: RequestMap) => map.bind(Ask, async () => "one");
    expect(() => bootstrap({ commandsMapper: bind, queriesMapper: bind, onStartup })).toThrow(
      DuplicateHandlerError,
    );
    expect(onStartup).not.toHaveBeenCalled();
  });

  it("constructs no handler before it is needed", async () => {
    const constructed = vi.fn();
    class AskHandler extends RequestHandler<Ask> {
      constructor() {
        super();
        constructed();
      }
      handle() {
        return "answer";
      }
    }
    const mediator = bootstrap({ queriesMapper: (map) => map.bind(Ask, AskHandler) });
    expect(constructed).not.toHaveBeenCalled();
    await mediator.send(new Ask());
    await mediator.send(new Ask());
    expect(constructed).toHaveBeenCalledTimes(2);
  });

  it("makes mediators that share nothing", async () => {
    const gates = new Gates();
    const make = (name: string) =>
      bootstrap({
        maxConcurrentEventHandlers: 1,
        domainEventsMapper: (map) => map.bind(Happened, () => gates.pass(name)),
      });
    const [one, other] = [make("one"), make("other")];
    const published = [one.publish(new Happened()), other.publish(new Happened())];
    await quiet();
    expect(gates.waiting).toEqual(["one", "other"]);
    await gates.openAll();
    await Promise.all(published);
    await one.close();
    await finished(Promise.all([other.publish(new Happened()), gates.openAll()]));
  });
});

describe("bootstrapStreaming", () => {
  it("makes a mediator that streams", async () => {
    const mediator = bootstrapStreaming({
      commandsMapper: (map) => map.bind(CountTo, CountToHandler),
      domainEventsMapper: (map) => map.bind(Happened, () => {}),
    });
    expect(await collect(mediator.stream(new CountTo(2)))).toEqual([1, 2]);
    await mediator.close();
  });

  it("refuses handlers that cannot stream, naming both classes (S12, R2)", () => {
    class AskHandler extends RequestHandler<Ask> {
      handle() {
        return "answer";
      }
    }
    expect(() => bootstrapStreaming({ queriesMapper: (map) => map.bind(Ask, AskHandler) })).toThrow(
      /class AskHandler cannot stream class Ask: .*async \*handle/,
    );
  });
});

describe("onStartup", () => {
  afterEach(() => vi.useRealTimers());

  function started(onStartup: () => unknown, options: BootstrapOptions = {}) {
    const handled: string[] = [];
    const mediator = bootstrap({
      onStartup,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Happened, () => handled.push("published")),
      ...options,
    });
    const dispatches = () => [
      mediator.send(new Do(() => handled.push("sent"))),
      collect(
        mediator.stream(
          new Flow(async function* () {
            yield handled.push("streamed");
          }),
        ),
      ),
      mediator.publish(new Happened()),
    ];
    return { mediator, handled, dispatches };
  }

  it("runs once, before the first dispatch: synchronous", async () => {
    const onStartup = vi.fn();
    const { dispatches, handled } = started(onStartup);
    expect(onStartup).toHaveBeenCalledTimes(1);
    await Promise.all(dispatches());
    await Promise.all(dispatches());
    expect(onStartup).toHaveBeenCalledTimes(1);
    expect(handled).toHaveLength(6);
  });

  it("runs after everything that was bound has been checked", () => {
    const onStartup = vi.fn();
    expect(() => bootstrap({ onStartup, queriesMapper: (map) => map.bind(Ask, null as never) })).toThrow();
    expect(() => bootstrap({ onStartup, maxConcurrentEventHandlers: 0 })).toThrow();
    expect(onStartup).not.toHaveBeenCalled();
  });

  it("may be async: bootstrap does not wait, the dispatches do, and none is lost", async () => {
    const gates = new Gates();
    const { dispatches, handled } = started(() => gates.pass("startup"));
    const waiting = Promise.all([...dispatches(), ...dispatches()]);
    await quiet();
    expect(handled).toEqual([]);
    await gates.open("startup");
    await finished(waiting);
    expect(handled.toSorted()).toEqual(["published", "published", "sent", "sent", "streamed", "streamed"]);
  });

  it("lets nobody wait any more once it is done", async () => {
    const { dispatches, mediator } = started(async () => {});
    await quiet();
    await Promise.all(dispatches());
    let answered = false;
    void mediator.send(new Do(() => {})).then(() => {
      answered = true;
    });
    for (let i = 0; i < 3; i++) await null;
    expect(answered).toBe(true);
  });

  it("that fails, at once or later, fails every dispatch with it, and runs nothing", async () => {
    const cause = new Error("no database");
    const failing = [
      () => {
        throw cause;
      },
      () => Promise.reject(cause),
      async () => {
        await quiet();
        throw cause;
      },
    ];
    for (const onStartup of failing) {
      const { dispatches, handled, mediator } = started(onStartup);
      for (const again of [1, 2]) {
        const errors = await Promise.all(dispatches().map((promise) => rejection<StartupError>(promise)));
        for (const error of errors) {
          expect(error, `try ${again}`).toBeInstanceOf(StartupError);
          expect(error).toMatchObject({ code: "SLUICE_STARTUP_FAILED", cause });
          expect(error.message).toContain("no database");
        }
        await quiet();
      }
      expect(handled).toEqual([]);
      await finished(mediator.close());
    }
  });

  it("that fails before anything is dispatched is no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    try {
      started(() => Promise.reject(new Error("no database")));
      await quiet();
      await quiet();
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off("unhandledRejection", unhandled);
    }
  });

  it("keeps nobody who was aborted waiting, and their handler never runs (S8)", async () => {
    const gates = new Gates();
    const { mediator, handled } = started(() => gates.pass("startup"));
    const stop = new AbortController();
    const { signal } = stop;
    const flow = new Flow(async function* () {
      yield handled.push("streamed");
    });
    const errors = [
      mediator.send(new Do(() => handled.push("sent")), { signal }),
      mediator.stream(flow, { signal }).next(),
      mediator.publish(new Happened(), { signal }),
    ].map((promise) => rejection(promise));
    await quiet();
    stop.abort("enough");
    expect(await finished(Promise.all(errors))).toEqual(["enough", "enough", "enough"]);
    await gates.openAll();
    await quiet();
    expect(handled).toEqual([]);
    await finished(mediator.close());
  });

  it("may be waited for by a stream that is left before it is done: nothing runs (S7)", async () => {
    const gates = new Gates();
    const { mediator, handled } = started(() => gates.pass("startup"));
    const stream = mediator.stream(
      new Flow(async function* () {
        yield handled.push("streamed");
      }),
    );
    const next = stream.next();
    const returned = stream.return(undefined);
    await gates.openAll();
    await finished(Promise.all([next, returned]));
    expect(handled).toEqual([]);
    await finished(mediator.close());
  });

  it("is waited for by close() together with what waits for it", async () => {
    const gates = new Gates();
    const { mediator, dispatches, handled } = started(() => gates.pass("startup"));
    const waiting = Promise.all(dispatches());
    const closed = mediator.close();
    await quiet();
    expect(handled).toEqual([]);
    await gates.openAll();
    await finished(Promise.all([waiting, closed]));
    expect(handled).toHaveLength(3);
  });
});

describe("logger", () => {
  it("is the console when none is given", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      await bootstrap({}).publish(new Happened());
      expect(warn.mock.calls).toEqual([[expect.stringContaining("Happened"), { event: "Happened" }]]);
    } finally {
      warn.mockRestore();
    }
  });

  it("may be a console or anything like it", async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    await bootstrap({ logger }).publish(new Happened());
    expect(logger.warn).toHaveBeenCalledTimes(1);
    bootstrap({ logger: console });
  });
});
