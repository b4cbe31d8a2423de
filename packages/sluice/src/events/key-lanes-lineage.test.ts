import { describe, expect, it } from "vitest";
import { bootstrap } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import { bindBodies, finished, Gates, quiet, RecordingLogger } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { emitAll } from "./emit-all.fixture.js";
import { Moved, orderBy } from "./key-lanes.fixture.js";

/** What a handler of {@link Moved} sends, by the name of the event. */
type Plan = Record<string, readonly Moved[]>;

describe.each(["context", "outer"] as const)(
  "a handler that sends, through %s, what comes back to its key",
  (via) => {
    function sending(plan: Plan, options: BootstrapOptions = {}) {
      const log: string[] = [];
      const mediator = bootstrap({
        commandsMapper: bindBodies,
        domainEventsMapper: (map) =>
          map.bind(
            Moved,
            async ({ name }, context) => {
              log.push(`> ${name}`);
              const through = via === "context" ? context.mediator : mediator;
              const events = plan[name];
              if (events) await through.send(emitAll(events));
              else await quiet();
              log.push(`< ${name}`);
            },
            { orderBy },
          ),
        ...options,
      });
      return { mediator, log };
    }

    it.each([1, 2, 10])("does not wait for itself: limit %i (E5, E7)", async (limit) => {
      const plan = { a1: [new Moved("a", 2)], a2: [new Moved("b", 1)], b1: [new Moved("a", 3)] };
      const { mediator, log } = sending(plan, { maxConcurrentEventHandlers: limit });
      await finished(mediator.send(emitAll([new Moved("a", 1)])));
      expect(log).toEqual(["> a1", "> a2", "> b1", "> a3", "< a3", "< b1", "< a2", "< a1"]);
    });

    it("is given those one after another too, in the order of emission (E5, E7)", async () => {
      const { mediator, log } = sending({
        a1: [new Moved("a", 2), new Moved("a", 3)],
        a2: [new Moved("a", 4)],
      });
      const first = mediator.send(emitAll([new Moved("a", 1)]));
      const other = mediator.send(emitAll([new Moved("a", 9)]));
      await finished(Promise.all([first, other]));
      expect(log).toEqual(["> a1", "> a2", "> a4", "< a4", "< a2", "> a3", "< a3", "< a1", "> a9", "< a9"]);
    });

    it("keeps its key from everybody else meanwhile (E7)", async () => {
      const { mediator, log } = sending({ a1: [new Moved("a", 2)] });
      const first = mediator.send(emitAll([new Moved("a", 1)]));
      const other = mediator.send(emitAll([new Moved("a", 9)]));
      await finished(Promise.all([first, other]));
      expect(log).toEqual(["> a1", "> a2", "< a2", "< a1", "> a9", "< a9"]);
    });

    it.each([
      ["in parallel", true],
      ["one at a time", false],
    ])(
      "never deadlocks when an earlier event of that key still waits for a slot, %s (E5, E7)",
      async (_, concurrentEventHandleEnable) => {
        const { mediator, log } = sending(
          { x: [new Moved("a", 2)] },
          { maxConcurrentEventHandlers: 1, concurrentEventHandleEnable },
        );
        await finished(mediator.send(emitAll([new Moved("x"), new Moved("a", 1)])));
        expect(log.toSorted()).toEqual(["> x", "< x", "> a1", "< a1", "> a2", "< a2"].toSorted());
      },
    );

    it("never deadlocks when two handlers send to each other's key (E5, E7)", async () => {
      const { mediator, log } = sending({ a1: [new Moved("b", 2)], b1: [new Moved("a", 2)] });
      const work = [mediator.send(emitAll([new Moved("a", 1)])), mediator.send(emitAll([new Moved("b", 1)]))];
      await finished(Promise.all(work));
      expect(log.toSorted()).toEqual(
        ["a1", "b1", "a2", "b2"].flatMap((name) => [`> ${name}`, `< ${name}`]).toSorted(),
      );
    });
  },
);

describe("a handler that sends to a key that a sibling has", () => {
  it("waits for the sibling (E7)", async () => {
    const gates = new Gates();
    class Ask extends DomainEvent {}
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map
          .bind(Moved, ({ name }) => gates.pass(name), { orderBy })
          .bind(Ask, (_, context) => context.mediator.send(emitAll([new Moved("a", 2)]))),
    });
    const sent = mediator.send(emitAll([new Moved("a", 1), new Ask()]));
    await quiet();
    expect(gates.waiting).toEqual(["a1"]);
    await gates.open("a1");
    expect(gates.waiting).toEqual(["a2"]);
    await gates.openAll();
    await finished(sent);
  });

  it("waits for it below the limit too, where nothing but the sibling can go on (E5, E7)", async () => {
    const gates = new Gates();
    class Ask extends DomainEvent {}
    const logger = new RecordingLogger();
    const mediator = bootstrap({
      logger,
      maxConcurrentEventHandlers: 2,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map
          .bind(Moved, ({ name }) => gates.pass(name), { orderBy })
          .bind(Ask, (_, context) => context.mediator.publish(new Moved("a", 2))),
    });
    const sent = mediator.send(emitAll([new Moved("a", 1), new Ask(), new Ask()]));
    await quiet();
    expect(gates.waiting).toEqual(["a1"]);
    await gates.openAll();
    await finished(sent);
    expect(gates.arrived).toEqual(["a1", "a2", "a2"]);
  });
});
