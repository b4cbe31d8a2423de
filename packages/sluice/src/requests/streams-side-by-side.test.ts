import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrap, bootstrapStreaming } from "../index.js";
import { bindBodies, collect, Do, Flow } from "../mediator/flow.fixture.js";
import { item, Noted } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("streams of one mediator (S13)", () => {
  it("lets no slow consumer block another stream: a stream that waits holds no slot (S13)", async () => {
    const mediator = bootstrapStreaming({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, async () => {}),
      maxConcurrentEventHandlers: 1,
    });
    const flow = () =>
      new Flow(async function* ({ emit }) {
        for (let n = 1; n <= 3; n++) {
          emit(new Noted(String(n)));
          yield n;
        }
      });
    const slow = mediator.stream(flow());
    await slow.next();
    expect(await collect(mediator.stream(flow()))).toEqual([1, 2, 3]);
    expect(await collect(slow)).toEqual([2, 3]);
  });

  it("lets streams share nothing but the limit (S13)", async () => {
    const gates = new Map([1, 2].map((n) => [`stream ${n}`, Promise.withResolvers<void>()]));
    const mediator = bootstrapStreaming({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, ({ name }) => gates.get(name)?.promise),
      maxConcurrentEventHandlers: 2,
    });
    const [first, second] = ["stream 1", "stream 2"].map((name) =>
      mediator
        .stream(
          new Flow(async function* ({ emit }) {
            emit(new Noted(name));
            yield name;
          }),
        )
        .next(),
    ) as [Promise<unknown>, Promise<unknown>];
    expect(await stateOf(Promise.race([first, second]))).toBe("pending");
    gates.get("stream 2")?.resolve();
    expect(await second).toEqual(item("stream 2"));
    expect(await stateOf(first)).toBe("pending");
    gates.get("stream 1")?.resolve();
    expect(await first).toEqual(item("stream 1"));
  });

  it("leaks nothing to the consumer: a send in the body has a scope and a correlation of its own (S13)", async () => {
    const container = new RecordingContainer();
    const mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, () => {}),
    });
    const streamUnits = new Set<UnitOfWork>();
    const correlations = new Set<string>();
    const sendUnits = new Set<UnitOfWork>();
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve, metadata }) {
        streamUnits.add(await resolve(UnitOfWork));
        correlations.add(metadata.correlationId);
        for (let n = 1; n <= 2; n++) {
          emit(new Noted(String(n)));
          yield n;
        }
      }),
      { metadata: { headers: { tenant: "a" } } },
    );
    for await (const _ of stream) {
      await mediator.send(
        new Do(async ({ resolve, metadata, signal }) => {
          const unit = await resolve(UnitOfWork);
          expect(unit.state).toBe("open");
          sendUnits.add(unit);
          expect(metadata.causationId).toBeUndefined();
          expect(metadata.headers).toEqual({});
          expect(signal.aborted).toBe(false);
          correlations.add(metadata.correlationId);
        }),
      );
    }
    expect(streamUnits.size).toBe(1);
    expect(sendUnits.size).toBe(2);
    expect(new Set([...streamUnits, ...sendUnits]).size).toBe(3);
    expect(correlations.size).toBe(3);
    expect(container.states).toEqual(["committed", "committed", "committed"]);
  });

  it("gives two interleaved streams a unit of work each", async () => {
    const container = new RecordingContainer();
    for (const scope of ["handler", "dispatch"] as const) {
      const mediator = bootstrapStreaming({ container, scope, commandsMapper: bindBodies });
      const flow = new Flow<UnitOfWork>(async function* ({ resolve }) {
        yield await resolve(UnitOfWork);
        yield await resolve(UnitOfWork);
      });
      const [one, other] = [mediator.stream(flow), mediator.stream(flow)];
      const units = [await one.next(), await other.next(), await one.next(), await other.next()].map(
        ({ value }) => value as UnitOfWork,
      );
      expect(units[0]).toBe(units[2]);
      expect(units[1]).toBe(units[3]);
      expect(units[0]).not.toBe(units[1]);
      await one.next();
      expect(units.map(({ state }) => state)).toEqual(["committed", "open", "committed", "open"]);
      await other.return();
      expect(units[1]?.state).toBe("committed");
    }
  });
});
