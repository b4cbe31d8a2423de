import { describe, expect, it, vi } from "vitest";
import {
  Ask,
  AskHandler,
  Count,
  CountHandler,
  type Given,
  misuse,
  noNumber,
  Paid,
  Unknown,
} from "./bad-input.fixture.js";
import { bootstrap } from "./bootstrap.js";
import { Do, finished, RecordingBroker, RecordingLogger, Told } from "./flow.fixture.js";

describe("what is dispatched", () => {
  const ran = vi.fn();

  const mediator = bootstrap({
    messageBroker: new RecordingBroker(),
    commandsMapper: (map) =>
      map.bind(Count, CountHandler).bind(Do<unknown>, ({ body }, context) => {
        ran();
        return body(context);
      }),
    queriesMapper: (map) => map.bind(Ask, AskHandler),
    domainEventsMapper: (map) => map.bind(Paid, ran),
    logger: new RecordingLogger(),
  });

  const noRequests: [...Given, advice: RegExp][] = [
    [undefined, "undefined", /expected an instance of a class that extends Command, Query or Request/],
    [null, "null", /expected an instance/],
    ["Ask", '"Ask" (a string)', /expected an instance/],
    [5, "5", /expected an instance/],
    [{}, "a plain object", /expected an instance/],
    [{ type: "Ask" }, "a plain object", /expected an instance/],
    [Object.create(null), "a plain object", /expected an instance/],
    [() => new Ask(), "a function", /expected an instance/],
    [[new Ask()], "an array of 1", /expected an instance/],
    [Ask, "class Ask", /new Ask\(…\)/],
    [new Paid(), "an instance of Paid", /publish\(\)/],
    [new Told(), "an instance of Told", /publish\(\)/],
  ];

  it.each(noRequests)("by send() or stream() must be a request: %o", async (given, name, advice) => {
    for (const method of ["send", "stream"] as const) {
      const error = await misuse(() => mediator[method](given as Ask));
      expect(error).toMatchObject({ code: "SLUICE_INVALID_REQUEST", given });
      expect(error.message).toContain(`${method} got ${name}`);
      expect(error.message).toMatch(advice);
    }
    expect(ran).not.toHaveBeenCalled();
  });

  const noEvents: [...Given, advice: RegExp][] = [
    [undefined, "undefined", /expected an instance of a class that extends DomainEvent or NotificationEvent/],
    [null, "null", /expected an instance/],
    ["Paid", '"Paid" (a string)', /expected an instance/],
    [{}, "a plain object", /expected an instance/],
    [Object.create(null), "a plain object", /expected an instance/],
    [[new Paid()], "an array of 1", /one by one/],
    [Paid, "class Paid", /new Paid\(…\)/],
    [Told, "class Told", /new Told\(…\)/],
    [new Ask(), "an instance of Ask", /send\(\) or stream\(\)/],
    [new Event("paid"), "an instance of Event", /expected an instance/],
  ];

  it.each(noEvents)("by publish() or emit() must be an event: %o", async (given, name, advice) => {
    const published = await misuse(() => mediator.publish(given as Paid));
    const emitted = await misuse(() =>
      mediator.send(new Do<void>(({ emit }) => emit(given as Paid))).finally(() => ran.mockClear()),
    );
    for (const [error, by] of [
      [published, "publish"],
      [emitted, "emit"],
    ] as const) {
      expect(error).toMatchObject({ code: "SLUICE_INVALID_EVENT", given });
      expect(error.message).toContain(by);
      expect(error.message).toContain(`got ${name}`);
      expect(error.message).toMatch(advice);
    }
    expect(ran).not.toHaveBeenCalled();
  });

  it("must have a handler: the error names the class and says where to bind it (R2)", async () => {
    for (const method of ["send", "stream"] as const) {
      const error = await misuse(() => mediator[method](new Unknown()));
      expect(error.code).toBe("SLUICE_NO_HANDLER");
      expect(error.message).toMatch(/an instance of Unknown has no handler.*map\.bind\(Unknown, …\)/);
    }
  });

  it("is not handled by the handler of its base class: a request has one class", async () => {
    class AskMore extends Ask {}
    expect((await misuse(() => mediator.send(new AskMore()))).code).toBe("SLUICE_NO_HANDLER");
  });

  it("must be sent where its handler answers, streamed where it streams (S12, R2)", async () => {
    const sent = await misuse(() => mediator.send(new Count()));
    expect(sent.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(sent.message).toMatch(/CountHandler streams an instance of Count.*Use stream\(\)/);
    const streamed = await misuse(() => mediator.stream(new Ask()));
    expect(streamed.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(streamed.message).toMatch(/AskHandler cannot stream an instance of Ask.*use send\(\)/);
  });

  it.each([
    ["text", '"text" (a string)'],
    [undefined, "undefined"],
    [null, "null"],
    [[1, 2], "an array of 2"],
    [Promise.resolve(5), "5"],
  ])("by stream() needs a handler that gives an async iterable, not %o (S12)", async (given, name) => {
    const plain = bootstrap({ commandsMapper: (map) => map.bind(Count, (() => given) as never) });
    const stream = plain.stream(new Count());
    const error = await misuse(() => stream.next());
    expect(error.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(error.message).toContain(`its handle() gave ${name}, expected an async iterable`);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await finished(plain.close());
  });

  const wrongOptions: [what: string, options: unknown, expected: RegExp][] = [
    ["null", null, /options.*is null; expected an object/],
    ["a string", "options", /options.*is "options"/],
    ["a signal alone", new AbortController().signal, /signal/],
    ["a signal that is false", { signal: false }, /signal is false; expected an AbortSignal, or null/],
    ["a signal that is 0", { signal: 0 }, /signal is 0/],
    ["a signal that is empty", { signal: "" }, /signal is ""/],
    ["a signal that is none", { signal: {} }, /signal is a plain object/],
    [
      "a controller for its signal",
      { signal: new AbortController() },
      /signal is an instance of AbortController.*controller\.signal/,
    ],
    ["metadata that is null", { metadata: null }, /metadata is null; expected an object/],
    ["metadata that is a string", { metadata: "c" }, /metadata is "c"/],
    ["metadata that is a list", { metadata: [] }, /metadata is an array of 0/],
    [
      "a correlation id that is a number",
      { metadata: { correlationId: 5 } },
      /correlationId is 5; expected a string/,
    ],
    ["a correlation id that is null", { metadata: { correlationId: null } }, /correlationId is null/],
    ["a causation id that is an object", { metadata: { causationId: {} } }, /causationId is a plain object/],
    [
      "headers that are null",
      { metadata: { headers: null } },
      /headers is null; expected an object of strings/,
    ],
    ["headers that are a list", { metadata: { headers: ["a"] } }, /headers is an array of 1/],
    [
      "headers in a Map",
      { metadata: { headers: new Map([["a", "1"]]) } },
      /headers is an instance of Map.*fromEntries/,
    ],
    [
      "headers of the web's kind",
      { metadata: { headers: new Headers({ a: "1" }) } },
      /headers is an instance of Headers.*Object\.fromEntries/,
    ],
    ["a header that is a number", { metadata: { headers: { a: 1 } } }, /headers\.a is 1; expected a string/],
    ["a header that is undefined", { metadata: { headers: { a: undefined } } }, /headers\.a is undefined/],
    ["a scope that is null", { scope: null }, /scope is null/],
    ["a scope that is a mode", { scope: "handler" }, /scope is "handler".*a container's scope/],
    ["a scope that resolves nothing", { scope: {} }, /scope is a plain object/],
  ];

  it.each(wrongOptions)("takes no options that are none: %s", async (_, options, expected) => {
    for (const dispatch of [
      () => mediator.send(new Ask(), options as never),
      () => mediator.stream(new Count(), options as never).next(),
      () => mediator.publish(new Paid(), options as never),
    ]) {
      const error = await misuse(dispatch);
      expect(error.code).toBe("SLUICE_INVALID_OPTION");
      expect(error.message).toMatch(expected);
    }
    expect(ran).not.toHaveBeenCalled();
  });

  it.each([
    ...noNumber,
    [-1, "-1"] as Given,
    [1.5, "1.5"] as Given,
    [Number.POSITIVE_INFINITY, "Infinity"] as Given,
  ])("is not read ahead by %o items", async (readAhead, name) => {
    const error = await misuse(() => mediator.stream(new Count(), { readAhead: readAhead as number }));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", given: readAhead });
    expect(error.message).toContain(`readAhead is ${name}; expected a whole number from 0 up`);
  });

  it("takes null for a signal, and no options at all", async () => {
    await mediator.send(new Ask(), { signal: null });
    await mediator.send(new Ask(), {});
    await mediator.send(new Ask(), undefined);
  });

  it("is refused with the reason of a signal that has aborted already, whatever that is", async () => {
    const signal = AbortSignal.abort("no");
    for (const dispatch of [
      mediator.send(new Ask(), { signal }),
      mediator.stream(new Count(), { signal }).next(),
      mediator.publish(new Paid(), { signal }),
    ]) {
      await expect(dispatch).rejects.toBe("no");
    }
    expect(ran).not.toHaveBeenCalled();
  });
});
