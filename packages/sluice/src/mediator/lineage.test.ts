import { afterEach, describe, expect, it, vi } from "vitest";
import type { HandlerContext } from "../handlers/handler-context.js";
import { createLineageTracker } from "../handlers/lineage.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Metadata } from "../messages/metadata.js";
import { bootstrap } from "./bootstrap.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import { bindBodies, collect, Do, Flow, finished, Gates, quiet, rejection } from "./flow.fixture.js";
import type { Mediator } from "./mediator.js";

class Happened extends DomainEvent {
  constructor(readonly handle: (context: HandlerContext) => unknown = () => {}) {
    super();
  }
}

function mediatorOf(options: BootstrapOptions = {}): Mediator {
  return bootstrap({
    commandsMapper: bindBodies,
    domainEventsMapper: (map) => map.bind(Happened, (event, context) => event.handle(context)),
    ...options,
  });
}

const given = { metadata: { correlationId: "outer", headers: { tenant: "7" } } };
const metadataOf = ({ metadata }: HandlerContext) => metadata;

/** What a request, a stream and an event know that are sent one after another through a reference to the mediator. */
async function ask(mediator: Mediator): Promise<Metadata[]> {
  await null;
  const sent = await mediator.send(new Do(metadataOf));
  const flow = new Flow(async function* (context) {
    yield context.metadata;
  });
  const [streamed] = await collect(mediator.stream(flow));
  let published: Metadata | undefined;
  await mediator.publish(
    new Happened((context) => {
      published = context.metadata;
    }),
  );
  return [sent, streamed ?? expect.fail(), published ?? expect.fail()];
}

/** Asks from each place that a handler can send from, through a reference to the mediator that it has of its own. */
const places: [string, (mediator: Mediator) => Promise<Metadata[]>][] = [
  ["a request's handler", (mediator) => mediator.send(new Do(() => ask(mediator)), given)],
  [
    "a stream's handler, after any of its yields",
    async (mediator) => {
      const flow = new Flow<Metadata>(async function* () {
        yield* await ask(mediator);
        yield* await ask(mediator);
      });
      const all: Metadata[] = [];
      for await (const item of mediator.stream(flow, given)) {
        await mediator.send(new Do(() => {}));
        all.push(item);
      }
      return all;
    },
  ],
  [
    "a stream's handler that reads ahead",
    (mediator) => {
      const flow = new Flow<Metadata>(async function* () {
        yield* await ask(mediator);
      });
      return collect(mediator.stream(flow, { ...given, readAhead: 2 }));
    },
  ],
  [
    "an event handler of a request",
    async (mediator) => {
      const answer = Promise.withResolvers<Metadata[]>();
      const event = new Happened(() => ask(mediator).then(answer.resolve));
      await mediator.send(new Do(({ emit }) => emit(event)), given);
      return answer.promise;
    },
  ],
  [
    "an event handler of a stream",
    async (mediator) => {
      const all: Metadata[] = [];
      const event = new Happened(async () => void all.push(...(await ask(mediator))));
      const flow = new Flow(async function* ({ emit }) {
        emit(event);
        yield 1;
        emit(event);
      });
      await collect(mediator.stream(flow, given));
      return all;
    },
  ],
  [
    "the handler of a published event",
    async (mediator) => {
      let all: Metadata[] = [];
      await mediator.publish(
        new Happened(async () => {
          all = await ask(mediator);
        }),
        given,
      );
      return all;
    },
  ],
  [
    "the handler of a follow-up",
    async (mediator) => {
      let all: Metadata[] = [];
      const followUp = new Happened(async () => {
        all = await ask(mediator);
      });
      await mediator.publish(new Happened(({ emit }) => emit(followUp)), given);
      return all;
    },
  ],
  [
    "two levels down",
    (mediator) => mediator.send(new Do(() => mediator.send(new Do(() => ask(mediator)))), given),
  ],
];

describe("what is sent through any reference to the mediator", () => {
  it.each(places)("inherits correlation and headers from %s (E5)", async (_, askFrom) => {
    const all = await finished(askFrom(mediatorOf()));
    expect(all.length).toBeGreaterThanOrEqual(3);
    for (const metadata of all) {
      expect(metadata).toMatchObject({ correlationId: "outer", headers: { tenant: "7" } });
      expect(metadata.causationId).toEqual(expect.any(String));
    }
  });

  it.each(places)('inherits nothing from %s under reentrancy: "context" (E5)', async (_, askFrom) => {
    for (const metadata of await finished(askFrom(mediatorOf({ reentrancy: "context" })))) {
      expect(metadata.correlationId).not.toBe("outer");
      expect(metadata).toMatchObject({ causationId: undefined, headers: {} });
    }
  });

  it.each(places)(
    "inherits nothing from %s where the runtime has no AsyncLocalStorage (E5)",
    async (_, askFrom) => {
      const getBuiltinModule = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
      const mediator = mediatorOf();
      getBuiltinModule.mockRestore();
      for (const metadata of await finished(askFrom(mediator))) {
        expect(metadata).toMatchObject({ causationId: undefined, headers: {} });
      }
    },
  );

  it("is caused by the request whose handler sent it (E5)", async () => {
    const mediator = mediatorOf();
    const [own, inner] = await mediator.send(
      new Do(async ({ metadata }) => [metadata, await mediator.send(new Do(metadataOf))]),
      given,
    );
    expect(inner?.causationId).toBe(own?.messageId);
  });

  it("is caused by the event whose handler sent it, where one runs at a time (E5)", async () => {
    const mediator = mediatorOf({ concurrentEventHandleEnable: false });
    const pairs: (Metadata | undefined)[][] = [];
    const event = () =>
      new Happened(async ({ metadata }) => {
        await null;
        pairs.push([metadata, await mediator.send(new Do(metadataOf))]);
      });
    const events = [event(), event(), event()];
    await mediator.send(new Do(({ emit }) => events.forEach(emit)));
    expect(pairs).toHaveLength(3);
    for (const [own, inner] of pairs) expect(inner?.causationId).toBe(own?.messageId);
  });

  it("is a flow of its own where a request from outside has nothing to hand on: no metadata, no signal (E5)", async () => {
    const mediator = mediatorOf();
    const [own, inner] = await mediator.send(
      new Do(async ({ metadata }) => [metadata, await mediator.send(new Do(metadataOf))]),
    );
    expect(inner).toMatchObject({ causationId: undefined, headers: {} });
    expect(inner?.correlationId).not.toBe(own?.correlationId);
  });

  it("inherits nothing from handlers of another mediator (E5)", async () => {
    const one = mediatorOf();
    const other = mediatorOf();
    const metadata = await one.send(new Do(() => other.send(new Do(metadataOf))), given);
    expect(metadata).toMatchObject({ causationId: undefined, headers: {} });
    expect(metadata.correlationId).not.toBe("outer");
  });
});

describe("through context.mediator", () => {
  it.each(["auto", "context"] as const)("lineage is known under reentrancy: %s (E5)", async (reentrancy) => {
    const mediator = mediatorOf({ reentrancy });
    const metadata = await mediator.send(new Do((context) => ask(context.mediator as Mediator)), given);
    for (const inner of metadata) expect(inner.correlationId).toBe("outer");
  });

  it("lineage is known where the runtime has no AsyncLocalStorage (E5)", async () => {
    const getBuiltinModule = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    const mediator = mediatorOf();
    getBuiltinModule.mockRestore();
    const metadata = await mediator.send(new Do((context) => ask(context.mediator as Mediator)), given);
    for (const inner of metadata) expect(inner.correlationId).toBe("outer");
  });

  it("lineage is kept for work that goes on after its handler, while the mediator is open (E5)", async () => {
    const mediator = mediatorOf();
    const gate = new Gates();
    let later: Promise<Metadata> | undefined;
    await mediator.send(
      new Do((context) => {
        later = gate.pass("later").then(() => context.mediator.send(new Do(metadataOf)));
      }),
      given,
    );
    await gate.openAll();
    expect(await later).toMatchObject({ correlationId: "outer" });
  });
});

describe("createLineageTracker", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("gives none where there is no process, no getBuiltinModule or no async_hooks (E5)", () => {
    expect(createLineageTracker()).toBeDefined();
    for (const process of [undefined, {}, { getBuiltinModule: () => undefined }]) {
      vi.stubGlobal("process", process);
      expect(createLineageTracker()).toBeUndefined();
    }
  });
});

describe("the signal", () => {
  /** Sends, through `inner`, a request that keeps its own signal, and aborts the outer dispatch meanwhile. */
  async function abortedInside(
    send: (body: (context: HandlerContext) => Promise<unknown>, signal: AbortSignal) => Promise<unknown>,
    inner: (context: HandlerContext) => Pick<Mediator, "send">,
    options: { signal?: AbortSignal | null } = {},
  ): Promise<AbortSignal | undefined> {
    const stop = new AbortController();
    let signal: AbortSignal | undefined;
    const body = (context: HandlerContext) =>
      inner(context).send(
        new Do(async (own) => {
          signal = own.signal;
          stop.abort("enough");
          await quiet();
        }),
        options,
      );
    await send(body, stop.signal).catch((error) => expect(error).toBe("enough"));
    return signal;
  }

  const vias: [string, (mediator: Mediator) => (context: HandlerContext) => Pick<Mediator, "send">][] = [
    ["context.mediator", () => (context) => context.mediator],
    ["any reference", (mediator) => () => mediator],
  ];

  describe.each(vias)("of a sender, through %s", (_, via) => {
    it("is inherited from a request (E5)", async () => {
      const mediator = mediatorOf();
      const send = (body: (context: HandlerContext) => Promise<unknown>, signal: AbortSignal) =>
        mediator.send(new Do(body), { signal });
      expect((await abortedInside(send, via(mediator)))?.reason).toBe("enough");
    });

    it("is inherited from a stream (E5)", async () => {
      const mediator = mediatorOf();
      const send = (body: (context: HandlerContext) => Promise<unknown>, signal: AbortSignal) =>
        collect(
          mediator.stream(
            new Flow(async function* (context) {
              yield await body(context);
            }),
            { signal },
          ),
        );
      expect((await abortedInside(send, via(mediator)))?.reason).toBe("enough");
    });

    it("is inherited from an event handler (E5)", async () => {
      const mediator = mediatorOf();
      const send = (body: (context: HandlerContext) => Promise<unknown>, signal: AbortSignal) =>
        mediator.send(new Do(({ emit }) => emit(new Happened(body))), { signal });
      expect((await abortedInside(send, via(mediator)))?.reason).toBe("enough");
    });

    it("is cut off by null, and replaced by another (E5)", async () => {
      const mediator = mediatorOf();
      const send = (body: (context: HandlerContext) => Promise<unknown>, signal: AbortSignal) =>
        mediator.send(new Do(body), { signal });
      expect((await abortedInside(send, via(mediator), { signal: null }))?.aborted).toBe(false);
      const other = new AbortController();
      const signal = await abortedInside(send, via(mediator), { signal: other.signal });
      expect(signal?.aborted).toBe(false);
    });

    it("that has aborted already lets nothing more be sent (E5)", async () => {
      const mediator = mediatorOf();
      const stop = new AbortController();
      const ran = vi.fn();
      let refused: Promise<unknown> | undefined;
      const outer = new Do(async (context) => {
        stop.abort("enough");
        refused = rejection(via(mediator)(context).send(new Do(ran)));
        await refused;
      });
      await rejection(mediator.send(outer, { signal: stop.signal }));
      expect(await refused).toBe("enough");
      expect(ran).not.toHaveBeenCalled();
    });
  });
});

describe("nothing leaks to the consumer (S13)", () => {
  it("into the body of for await: what it sends is a flow of its own (S13)", async () => {
    const mediator = mediatorOf();
    const flow = new Flow(async function* ({ emit }) {
      for (let i = 0; i < 3; i++) {
        emit(new Happened(() => quiet()));
        yield i;
      }
    });
    for (const options of [given, { ...given, readAhead: 2 }]) {
      const all: Metadata[] = [];
      for await (const _ of mediator.stream(flow, options)) all.push(await mediator.send(new Do(metadataOf)));
      all.push(await mediator.send(new Do(metadataOf)));
      expect(all).toHaveLength(4);
      expect(new Set(all.map(({ correlationId }) => correlationId)).size).toBe(4);
      for (const metadata of all) expect(metadata).toMatchObject({ causationId: undefined, headers: {} });
    }
  });

  it("behind send() and publish(), whether they succeed or fail (S13)", async () => {
    const mediator = mediatorOf();
    await mediator.send(new Do(({ emit }) => emit(new Happened())), given);
    expect(await mediator.send(new Do(metadataOf))).toMatchObject({ causationId: undefined });
    await mediator.publish(new Happened(), given);
    expect(await mediator.send(new Do(metadataOf))).toMatchObject({ causationId: undefined });
    const failing = new Happened(() => {
      throw new Error("no");
    });
    const after = await mediator.publish(failing, given).catch(() => mediator.send(new Do(metadataOf)));
    expect(after).toMatchObject({ causationId: undefined, headers: {} });
  });

  it("from one handler's stream to another: each inherits from its own sender (S13)", async () => {
    const mediator = mediatorOf({ maxConcurrentEventHandlers: 1 });
    const seen: Record<string, string[]> = { a: [], b: [] };
    const flow = (name: string) =>
      new Flow(async function* ({ emit }) {
        for (let i = 0; i < 3; i++) {
          emit(
            new Happened(async () => {
              await quiet();
              const inner = await mediator.send(new Do(metadataOf));
              seen[name]?.push(inner.correlationId);
            }),
          );
          yield i;
        }
      });
    const read = (name: string) =>
      collect(mediator.stream(flow(name), { metadata: { correlationId: name } }));
    await finished(Promise.all([read("a"), read("b")]));
    expect(seen).toEqual({ a: ["a", "a", "a"], b: ["b", "b", "b"] });
  });

  it("from a handler that waited for its slot or its key: it inherits from its own sender (E5, E7, S13)", async () => {
    const seen: [unknown, string][] = [];
    const mediator: Mediator = mediatorOf({
      maxConcurrentEventHandlers: 2,
      domainEventsMapper: (map) =>
        map.bind(
          Happened,
          async (_, { metadata }) => {
            await quiet();
            const inner = await mediator.send(new Do(metadataOf));
            seen.push([metadata.correlationId, inner.correlationId]);
          },
          { orderBy: () => "one" },
        ),
    });
    const names = ["a", "b", "c", "d"];
    const sent = names.map((correlationId) =>
      mediator.send(
        new Do(({ emit }) => {
          emit(new Happened());
          emit(new Happened());
        }),
        { metadata: { correlationId } },
      ),
    );
    await finished(Promise.all(sent));
    expect(seen).toHaveLength(8);
    for (const [own, inner] of seen) expect(inner).toBe(own);
  });
});
