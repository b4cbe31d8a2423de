import { describe, expect, it } from "vitest";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, Flow } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";

class Noted extends DomainEvent {}
class Refused extends DomainEvent {}

/** Reads a stream, in the handler of {@link Reads}. */
class Reads extends DomainEvent {}

function causes(limit = 10) {
  const seen: string[] = [];
  const mediator = bootstrap({
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map
        .bind(Noted, async () => {})
        .bind(Refused, async () => {
          throw new Error("refused");
        })
        .bind(Reads, async (_, context) => {
          for await (const _item of context.mediator.stream(asksInFinally())) expect.unreachable();
        }),
    maxConcurrentEventHandlers: limit,
  });
  /** Sends through an outer reference to the mediator, and notes what the request takes for its cause. */
  const ask = () =>
    mediator.send(
      new Do(({ metadata, emit }) => {
        seen.push(metadata.causationId ?? "none");
        emit(new Noted());
      }),
      // The stream's own signal has aborted when its events have failed.
      { signal: null },
    );
  const asksInFinally = () =>
    new Flow(async function* ({ emit }) {
      try {
        emit(new Refused());
        yield 1;
      } finally {
        await ask();
      }
    });
  return { mediator, seen, ask, asksInFinally };
}

describe("what the handler of a stream sends through an outer reference to the mediator", () => {
  it("is not taken for its events', when an item was asked for before they were handled (S10, E5)", async () => {
    const { mediator, seen, ask } = causes();
    const stream = mediator.stream(
      new Flow(async function* ({ emit }) {
        emit(new Noted());
        yield 1;
        await ask();
        yield 2;
      }),
    );
    const calls = [stream.next(), stream.next()];
    expect((await Promise.all(calls)).map(({ value }) => value)).toEqual([1, 2]);
    expect(seen).toEqual(["none"]);
    await stream.return();
  });

  it("is known as its own after throw() (S7, E5)", async () => {
    const { mediator, seen, ask } = causes();
    const { signal } = new AbortController();
    let messageId: string | undefined;
    const stream = mediator.stream(
      new Flow(async function* ({ metadata }) {
        messageId = metadata.messageId;
        try {
          yield 1;
        } catch {
          await ask();
        }
      }),
      { signal },
    );
    await stream.next();
    expect(await stream.throw(new Error("thrown in"))).toEqual({ done: true, value: undefined });
    expect(seen).toEqual([messageId]);
  });

  it("is not taken for its events' in finally, when they failed (S3, E5, E6)", async () => {
    const { mediator, seen, asksInFinally } = causes();
    await expect(mediator.stream(asksInFinally()).next()).rejects.toThrow("refused");
    expect(seen).toEqual(["none"]);
  });

  it("never waits for ever in finally, whatever the limit (E5)", async () => {
    const { mediator, seen } = causes(1);
    await expect(mediator.publish(new Reads())).rejects.toThrow("refused");
    expect(seen).toHaveLength(1);
    await mediator.close();
  });
});
