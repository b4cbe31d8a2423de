import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer } from "../handlers/recording.fixture.js";
import {
  bootstrap,
  Command,
  HandlerConstructionError,
  InvalidRequestError,
  NoHandlerError,
  RequestHandler,
  StreamingRequestHandler,
  WrongHandlerKindError,
} from "../index.js";
import { type bindBodies, Do, Flow, rejection } from "../mediator/flow.fixture.js";
import { recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("errors at the earliest moment that can know (R2)", () => {
  class Unbound extends Command<number> {}

  it("rejects what is no request, and what has no handler, by name (R2)", async () => {
    const { mediator } = recorded();
    const error = await rejection(mediator.send(new Unbound()));
    expect(error).toBeInstanceOf(NoHandlerError);
    expect(error.message).toContain("Unbound");
    for (const given of [undefined, null, {}, "Unbound", Unbound]) {
      expect(await rejection(mediator.send(given as never))).toBeInstanceOf(InvalidRequestError);
    }
  });

  it("does not take a handler of the base class for one of the request (R2)", async () => {
    class Base extends Command<number> {}
    class Derived extends Base {}
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Base, () => 1) });
    expect(await mediator.send(new Base())).toBe(1);
    expect(await rejection(mediator.send(new Derived()))).toBeInstanceOf(NoHandlerError);
  });

  it("is not led astray by a field of the request that is named constructor (R2)", async () => {
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Unbound, () => 1) });
    expect(await mediator.send(Object.assign(new Unbound(), { constructor: Object }))).toBe(1);
  });

  it("refuses to send to a handler that streams, naming both (R2)", async () => {
    class Counts extends StreamingRequestHandler<Unbound> {
      async *handle() {
        yield 1;
      }
    }
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Unbound, Counts) });
    const error = await rejection(mediator.send(new Unbound()));
    expect(error).toBeInstanceOf(WrongHandlerKindError);
    expect(error.message).toMatch(/Counts.*Unbound/);
  });

  it("refuses an answer that is a stream, where that cannot be seen before (R2)", async () => {
    const { mediator } = recorded();
    const ended: string[] = [];
    const flow = new Flow(async function* () {
      try {
        yield 1;
      } finally {
        ended.push("finally");
      }
    });
    const error = await rejection(mediator.send(flow));
    expect(error).toBeInstanceOf(WrongHandlerKindError);
    expect(error.message).toContain("Flow");
  });

  it("refuses a class that needs arguments where there is no container, at bootstrap (R2)", () => {
    class Needs extends RequestHandler<Unbound> {
      constructor(readonly dependency: string) {
        super();
      }
      handle() {
        return 1;
      }
    }
    expect(() => bootstrap({ commandsMapper: (map) => map.bind(Unbound, Needs as never) })).toThrow(
      expect.objectContaining({ code: "SLUICE_INVALID_HANDLER", message: expect.stringContaining("Needs") }),
    );
  });

  it("names the class that could not be constructed or resolved, with the cause (R2)", async () => {
    const cause = new Error("no database");
    class Fails extends RequestHandler<Unbound> {
      constructor() {
        super();
        throw cause;
      }
      handle() {
        return 1;
      }
    }
    const bindFails = { commandsMapper: (map: Parameters<typeof bindBodies>[0]) => map.bind(Unbound, Fails) };
    for (const options of [
      bindFails,
      { ...bindFails, container: new RecordingContainer() },
      { ...bindFails, container: { resolve: () => Promise.reject(cause) } },
    ]) {
      const mediator = bootstrap(options);
      const error = await rejection(mediator.send(new Unbound()));
      expect(error).toBeInstanceOf(HandlerConstructionError);
      expect(error).toMatchObject({ cause, message: expect.stringContaining("Fails") });
      await mediator.close();
    }
  });

  it("refuses options out of range, before the handler runs (R2)", async () => {
    const { mediator } = recorded();
    const body = vi.fn();
    for (const options of [
      null,
      5,
      { signal: {} },
      { scope: {} },
      { metadata: "x" },
      { metadata: { headers: { n: 1 } } },
    ]) {
      expect(await rejection(mediator.send(new Do(body), options as never))).toMatchObject({
        code: "SLUICE_INVALID_OPTION",
      });
    }
    expect(body).not.toHaveBeenCalled();
  });
});
