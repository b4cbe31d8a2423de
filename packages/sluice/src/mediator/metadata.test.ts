import { describe, expect, it, vi } from "vitest";
import type { HandlerContext } from "../handlers/handler-context.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Metadata } from "../messages/metadata.js";
import type { Middleware } from "../middleware/middleware.js";
import { bootstrap } from "./bootstrap.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import { bindBodies, collect, Do, Flow, RecordingBroker, Told } from "./flow.fixture.js";

class Happened extends DomainEvent {
  constructor(readonly followUp?: DomainEvent | Told) {
    super();
  }
}
class Followed extends Happened {}

/** A mediator that keeps the metadata which each event was handled under. */
function noting(options: BootstrapOptions = {}) {
  const noted = new Map<object, Metadata>();
  const messageBroker = new RecordingBroker();
  const mediator = bootstrap({
    messageBroker,
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map.bind(Happened, (event, { metadata, emit }) => {
        noted.set(event, metadata);
        if (event.followUp) emit(event.followUp);
      }),
    ...options,
  });
  const of = (event: object) => noted.get(event) ?? expect.fail("This event was not handled.");
  return { mediator, messageBroker, of };
}

const metadataOf = ({ metadata }: HandlerContext) => metadata;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("the metadata of a request from outside", () => {
  it("has ids of its own, no cause and no headers", async () => {
    const { mediator } = noting();
    const metadata = await mediator.send(new Do(metadataOf));
    expect(metadata).toEqual({
      correlationId: expect.stringMatching(uuid),
      causationId: undefined,
      messageId: expect.stringMatching(uuid),
      headers: {},
    });
    expect(metadata.correlationId).not.toBe(metadata.messageId);
  });

  it("is the same as often as it is asked for, and another for another dispatch", async () => {
    const { mediator } = noting();
    const request = new Do((context) => [context.metadata, context.metadata]);
    const [first, again] = await mediator.send(request);
    expect(again).toEqual(first);
    const [other] = await mediator.send(request);
    expect(other?.correlationId).not.toBe(first?.correlationId);
    expect(other?.messageId).toBe(first?.messageId);
  });

  it("takes what the caller gives: of send, stream and publish", async () => {
    const { mediator, of } = noting();
    const given = { correlationId: "c", causationId: "cause", headers: { tenant: "7" } };
    const metadata = { ...given, messageId: expect.stringMatching(uuid) };
    expect(await mediator.send(new Do(metadataOf), { metadata: given })).toEqual(metadata);
    const flow = new Flow(async function* (context) {
      yield context.metadata;
    });
    expect(await collect(mediator.stream(flow, { metadata: given }))).toEqual([metadata]);
    const event = new Happened();
    await mediator.publish(event, { metadata: given });
    expect(of(event)).toEqual(metadata);
  });

  it("fills in what the caller leaves out", async () => {
    const { mediator } = noting();
    const metadata = await mediator.send(new Do(metadataOf), { metadata: { headers: { a: "1" } } });
    expect(metadata).toMatchObject({ correlationId: expect.stringMatching(uuid), causationId: undefined });
  });

  it("makes no id before one is asked for", async () => {
    const { mediator } = noting({
      messageBroker: undefined,
      domainEventsMapper: (map) => map.bind(Happened, () => {}),
    });
    const randomUUID = vi.spyOn(crypto, "randomUUID");
    try {
      await mediator.send(new Do(({ emit }) => emit(new Happened())));
      expect(randomUUID).not.toHaveBeenCalled();
    } finally {
      randomUUID.mockRestore();
    }
  });

  it("has a message id of its own even when the request has a field eventId that means something else", async () => {
    class GetConcert extends Command<string> {
      constructor(readonly eventId: string) {
        super();
      }
    }
    const { mediator } = noting({
      commandsMapper: (map) => map.bind(GetConcert, (_, { metadata }) => metadata.messageId),
    });
    expect(await mediator.send(new GetConcert("concert-7"))).toMatch(uuid);
  });
});

describe("the metadata of an event", () => {
  it("has the request's correlation and headers, and the request as its cause", async () => {
    const { mediator, of } = noting();
    const events = [new Happened(), new Happened()] as const;
    const request = await mediator.send(
      new Do(({ emit, metadata }) => {
        events.forEach(emit);
        return metadata;
      }),
      { metadata: { headers: { tenant: "7" } } },
    );
    for (const event of events) {
      expect(of(event)).toEqual({
        correlationId: request.correlationId,
        causationId: request.messageId,
        messageId: expect.stringMatching(uuid),
        headers: { tenant: "7" },
      });
    }
    expect(of(events[0]).messageId).not.toBe(of(events[1]).messageId);
  });

  it("is caused by the request of its stream, for each yield and after the last", async () => {
    const { mediator, of } = noting();
    const events = [new Happened(), new Happened(), new Happened()] as const;
    let request: Metadata | undefined;
    const flow = new Flow(async function* ({ emit, metadata }) {
      request = metadata;
      emit(events[0]);
      yield 1;
      emit(events[1]);
      yield 2;
      emit(events[2]);
    });
    await collect(mediator.stream(flow));
    for (const event of events) {
      expect(of(event)).toMatchObject({
        correlationId: request?.correlationId,
        causationId: request?.messageId,
      });
    }
  });

  it("has the event before it as its cause when it is a follow-up, however deep", async () => {
    const { mediator, of } = noting();
    const third = new Happened();
    const second = new Happened(third);
    const first = new Happened(second);
    await mediator.send(new Do(({ emit }) => emit(first)));
    const { correlationId } = of(first);
    expect(of(second)).toMatchObject({ correlationId, causationId: of(first).messageId });
    expect(of(third)).toMatchObject({ correlationId, causationId: of(second).messageId });
  });

  it("is the same for each of its handlers", async () => {
    const all: Metadata[] = [];
    const { mediator } = noting({
      domainEventsMapper: (map) =>
        map
          .bind(Happened, (_, { metadata }) => all.push(metadata))
          .bind(Followed, (_, { metadata }) => all.push(metadata)),
    });
    await mediator.publish(new Followed());
    expect(all).toHaveLength(2);
    expect(all[1]).toEqual(all[0]);
  });

  it("that is published outside a request starts a flow", async () => {
    const { mediator, of } = noting();
    const followUp = new Happened();
    const event = new Happened(followUp);
    await mediator.publish(event);
    expect(of(event)).toMatchObject({ causationId: undefined, correlationId: expect.stringMatching(uuid) });
    expect(of(followUp)).toMatchObject({
      correlationId: of(event).correlationId,
      causationId: of(event).messageId,
    });
  });
});

describe("a message for the broker", () => {
  it("carries correlation, causation and headers as its headers, and the event's id", async () => {
    const { mediator, messageBroker } = noting();
    const event = new Told();
    const request = await mediator.send(
      new Do(({ emit, metadata }) => {
        emit(event);
        return metadata;
      }),
      { metadata: { headers: { tenant: "7" } } },
    );
    expect(messageBroker.messages).toMatchObject([{ id: event.eventId }]);
    expect(messageBroker.messages[0]?.headers).toEqual({
      tenant: "7",
      "correlation-id": request.correlationId,
      "causation-id": request.messageId,
    });
  });

  it("has the event before it as its cause when it is a follow-up", async () => {
    const { mediator, messageBroker, of } = noting();
    const event = new Happened(new Told());
    await mediator.publish(event);
    expect(messageBroker.messages[0]?.headers).toEqual({
      "correlation-id": of(event).correlationId,
      "causation-id": of(event).messageId,
    });
  });

  it("has no causation-id where nothing caused it", async () => {
    const { mediator, messageBroker } = noting();
    await mediator.publish(new Told());
    expect(messageBroker.messages[0]?.headers).toEqual({ "correlation-id": expect.stringMatching(uuid) });
  });
});

describe("what is sent through context.mediator", () => {
  it("inherits correlation and headers, and is caused by the sender's message", async () => {
    const { mediator, of } = noting();
    const event = new Happened();
    const given = { correlationId: "c", headers: { tenant: "7" } };
    const outer = new Do(async (context) => {
      const sent = await context.mediator.send(new Do(metadataOf));
      const flow = new Flow(async function* (inner) {
        yield inner.metadata;
      });
      const [streamed] = await collect(context.mediator.stream(flow));
      await context.mediator.publish(event);
      return { own: context.metadata, sent, streamed };
    });
    const { own, sent, streamed } = await mediator.send(outer, { metadata: given });
    for (const metadata of [sent, streamed, of(event)]) {
      expect(metadata).toEqual({
        correlationId: "c",
        causationId: own.messageId,
        messageId: expect.stringMatching(uuid),
        headers: { tenant: "7" },
      });
    }
  });

  it("inherits in an event handler from the event, and through several levels", async () => {
    const deepest: Metadata[] = [];
    const { mediator } = noting({
      domainEventsMapper: (map) =>
        map.bind(Happened, async (_, { mediator: inner, metadata }) => {
          deepest.push(metadata);
          await inner.send(
            new Do(async (context) => {
              deepest.push(context.metadata);
              deepest.push(await context.mediator.send(new Do(metadataOf)));
            }),
          );
        }),
    });
    await mediator.publish(new Happened());
    expect(deepest).toHaveLength(3);
    expect(new Set(deepest.map(({ correlationId }) => correlationId)).size).toBe(1);
    expect(deepest[1]?.causationId).toBe(deepest[0]?.messageId);
    expect(deepest[2]?.causationId).toBe(deepest[1]?.messageId);
  });

  it("may change what it inherits; headers are laid over those that were there", async () => {
    const { mediator } = noting();
    const outer = new Do((context) => {
      const metadata = { correlationId: "mine", causationId: "why", headers: { b: "2" } };
      return context.mediator.send(new Do(metadataOf), { metadata });
    });
    const inner = await mediator.send(outer, {
      metadata: { correlationId: "c", headers: { a: "1", b: "1" } },
    });
    expect(inner).toMatchObject({
      correlationId: "mine",
      causationId: "why",
      headers: { a: "1", b: "2" },
    });
  });

  it("inherits a correlation that nobody had asked for yet", async () => {
    const { mediator } = noting();
    const [before, after] = await mediator.send(
      new Do(async (context) => {
        const inner = await context.mediator.send(new Do(metadataOf));
        return [inner.correlationId, context.metadata.correlationId];
      }),
    );
    expect(before).toBe(after);
  });
});

describe("metadata that a middleware changes", () => {
  it("holds for what it wraps: the handler, its events, their messages", async () => {
    const tenant: Middleware = {
      request: (_, next) => next(undefined, { metadata: { correlationId: "m", headers: { tenant: "7" } } }),
    };
    const { mediator, messageBroker, of } = noting({ middlewares: [tenant] });
    const event = new Happened(new Told());
    const metadata = await mediator.send(
      new Do((context) => {
        context.emit(event);
        return context.metadata;
      }),
      { metadata: { headers: { own: "1" } } },
    );
    expect(metadata).toMatchObject({ correlationId: "m", headers: { tenant: "7", own: "1" } });
    expect(of(event)).toMatchObject({
      correlationId: "m",
      causationId: metadata.messageId,
      headers: { tenant: "7", own: "1" },
    });
    expect(messageBroker.messages[0]?.headers).toMatchObject({ "correlation-id": "m", tenant: "7" });
  });
});

describe("headers with odd names", () => {
  it("named __proto__ or constructor are headers like any other", async () => {
    const { mediator, messageBroker } = noting();
    const headers: Record<string, string> = JSON.parse('{"__proto__":"p","constructor":"c"}');
    const seen = await mediator.send(
      new Do((context) => {
        context.emit(new Told());
        return context.metadata.headers;
      }),
      { metadata: { headers } },
    );
    expect(Object.entries(seen)).toEqual([
      ["__proto__", "p"],
      ["constructor", "c"],
    ]);
    expect(Object.entries(messageBroker.messages[0]?.headers ?? {})).toEqual(
      expect.arrayContaining([
        ["__proto__", "p"],
        ["constructor", "c"],
      ]),
    );
  });
});
