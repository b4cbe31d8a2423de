import { describe, expect, it } from "vitest";
import { bootstrap } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  finished,
  Gates,
  quiet,
  RecordingBroker,
  RecordingLogger,
  rejection,
  Told,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import type { Event } from "../messages/event.js";
import { type EventHandlingError, FollowUpDepthError } from "./event-errors.js";

/** An event that has others as its follow-ups. */
class Node extends DomainEvent {
  readonly children: readonly Event[];

  constructor(
    readonly name: string,
    ...children: Event[]
  ) {
    super();
    this.children = children;
  }
}

function emitAll(...events: readonly Event[]) {
  return new Do(({ emit }) => events.forEach(emit));
}

/** A mediator whose handler waits at the gates, then emits the children. */
function growing(gates: Gates, options: BootstrapOptions = {}) {
  return bootstrap({
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map.bind(Node, async ({ name, children }, { emit }) => {
        await gates.pass(name);
        children.forEach(emit);
      }),
    ...options,
  });
}

describe("in parallel mode, follow-ups", () => {
  it("start as soon as their handler is done, and do not wait for its siblings (E4)", async () => {
    const gates = new Gates();
    const sent = growing(gates).send(
      emitAll(new Node("a", new Node("a>", new Node("a>>"))), new Node("b", new Node("b>"))),
    );
    await quiet();
    expect(gates.waiting).toEqual(["a", "b"]);
    await gates.open("a");
    expect(gates.waiting).toEqual(["b", "a>"]);
    await gates.open("a>");
    expect(gates.waiting).toEqual(["b", "a>>"]);
    await gates.open("a>>");
    expect(gates.waiting).toEqual(["b"]);
    await gates.openAll();
    await finished(sent);
  });

  it("do not start before their handler is done, even when they were emitted early (E4)", async () => {
    const gates = new Gates();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Node, async ({ name, children }, { emit }) => {
          children.forEach(emit);
          await gates.pass(name);
        }),
    });
    const published = mediator.publish(new Node("a", new Node("a>")));
    await quiet();
    expect(gates.waiting).toEqual(["a"]);
    await gates.open("a");
    expect(gates.waiting).toEqual(["a>"]);
    await gates.openAll();
    await finished(published);
  });

  it("run in the slot that their handler gave back: a limit of 1 is enough for any depth (E4)", async () => {
    const gates = new Gates();
    const mediator = growing(gates, { maxConcurrentEventHandlers: 1 });
    const published = mediator.publish(new Node("1", new Node("2", new Node("3", new Node("4")))));
    for (const name of ["1", "2", "3", "4"]) {
      await quiet();
      expect(gates.waiting).toEqual([name]);
      await gates.open(name);
    }
    await finished(published);
  });

  it("hold the item back until the last of them is handled (S3, E4)", async () => {
    const gates = new Gates();
    const flow = new Flow(async function* ({ emit }) {
      emit(new Node("a", new Node("a>", new Node("a>>"))));
      yield "item";
    });
    let item: unknown;
    const next = growing(gates)
      .stream(flow)
      .next()
      .then(({ value }) => {
        item = value;
      });
    await quiet();
    for (const name of ["a", "a>", "a>>"]) {
      expect(item).toBeUndefined();
      await gates.open(name);
    }
    await next;
    expect(item).toBe("item");
  });

  it("of a handler that ends after its stream was left are dropped (S7)", async () => {
    const gates = new Gates();
    const flow = new Flow(async function* ({ emit }) {
      emit(new Node("a", new Node("a>")));
      yield 1;
    });
    const stream = growing(gates).stream(flow);
    const next = stream.next();
    await quiet();
    const returned = stream.return(undefined);
    await gates.openAll();
    await finished(Promise.all([next, returned]));
    expect(gates.arrived).toEqual(["a"]);
  });

  it("of a handler that failed are not handled (E6)", async () => {
    const gates = new Gates();
    const mediator = bootstrap({
      onEventError: "report",
      logger: new RecordingLogger(),
      domainEventsMapper: (map) =>
        map
          .bind(Node, async ({ name, children }, { emit }) => {
            children.forEach(emit);
            await gates.pass(name);
          })
          .bind(Node, () => {}),
    });
    const published = mediator.publish(new Node("a", new Node("a>")));
    await quiet();
    await gates.fail("a", new Error("no"));
    await finished(published);
    expect(gates.arrived).toEqual(["a"]);
  });
});

describe("one at a time, follow-ups", () => {
  const sequential = { concurrentEventHandleEnable: false };

  it("queue behind the events that wait already: breadth first (E3)", async () => {
    const gates = new Gates();
    const mediator = growing(gates, sequential);
    const sent = mediator.send(
      emitAll(
        new Node("0", new Node("1", new Node("2"))),
        new Node("0'", new Node("1'", new Node("2'")), new Node("1''")),
      ),
    );
    await gates.openAll();
    await finished(sent);
    expect(gates.arrived).toEqual(["0", "0'", "1", "1'", "1''", "2", "2'"]);
  });

  it("queue so with synchronous handlers too, in one dispatch or outside a request (E3, E10)", async () => {
    const calls: string[] = [];
    const mediator = bootstrap({
      ...sequential,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Node, ({ name, children }, { emit }) => {
          calls.push(name);
          children.forEach(emit);
        }),
    });
    const tree = () => [
      new Node("0", new Node("1", new Node("2"))),
      new Node("0'", new Node("1'", new Node("2'"))),
    ];
    await mediator.send(emitAll(...tree()));
    expect(calls.splice(0)).toEqual(["0", "0'", "1", "1'", "2", "2'"]);
    await mediator.publish(new Node("root", ...tree()));
    expect(calls).toEqual(["root", "0", "0'", "1", "1'", "2", "2'"]);
  });
});

const modes = [
  ["parallel", true],
  ["sequential", false],
] as const;

describe.each(modes)("a chain of follow-ups, %s", (_, concurrentEventHandleEnable) => {
  class Tick extends DomainEvent {
    constructor(readonly n: number) {
      super();
    }
  }
  class Tock extends DomainEvent {
    constructor(readonly n: number) {
      super();
    }
  }

  function clock(options: BootstrapOptions, last = Number.POSITIVE_INFINITY) {
    const handled: number[] = [];
    const mediator = bootstrap({
      concurrentEventHandleEnable,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map
          .bind(Tick, async function tick({ n }, { emit }) {
            handled.push(n);
            if (n < last) emit(new Tock(n + 1));
          })
          .bind(Tock, function tock({ n }, { emit }) {
            handled.push(n);
            if (n < last) emit(new Tick(n + 1));
          }),
      ...options,
    });
    return { mediator, handled };
  }

  it("that feeds itself ends with an error that prints it (E8; python-cqrs runs for ever)", async () => {
    const { mediator, handled } = clock({ maxFollowUpDepth: 3 });
    const error = await rejection<EventHandlingError>(finished(mediator.publish(new Tick(0))));
    expect(handled).toEqual([0, 1, 2, 3]);
    const depthError = error.errors[0] as FollowUpDepthError;
    expect(depthError).toBeInstanceOf(FollowUpDepthError);
    expect(depthError).toMatchObject({
      code: "SLUICE_FOLLOW_UP_DEPTH",
      maxFollowUpDepth: 3,
      chain: ["Tick", "Tock", "Tick", "Tock", "Tick"],
    });
    expect(depthError.message).toContain("Tick → Tock → Tick → Tock → Tick");
    expect(depthError.message).toMatch(/maxFollowUpDepth \(3\).*raise maxFollowUpDepth/);
    expect(error.failures).toMatchObject([{ handler: "tock", event: { n: 3 } }]);
  });

  it("may be 100 long when nothing else is said, and no longer (E8)", async () => {
    const exact = clock({}, 100);
    await finished(exact.mediator.publish(new Tick(0)));
    expect(exact.handled).toHaveLength(101);
    const longer = clock({}, 101);
    const error = await rejection<EventHandlingError>(finished(longer.mediator.publish(new Tick(0))));
    expect(error.errors[0]).toMatchObject({ maxFollowUpDepth: 100, chain: { length: 102 } });
    expect((error.errors[0] as Error).message.length).toBeLessThan(400);
    expect(longer.handled).toHaveLength(101);
  });

  it("that is too long is the failure of its own branch: the others are handled (E6, E8)", async () => {
    const gates = new Gates();
    const mediator = growing(gates, { maxFollowUpDepth: 1, concurrentEventHandleEnable });
    const sent = mediator.send(
      emitAll(new Node("a", new Node("a>", new Node("a>>"))), new Node("b", new Node("b>"))),
    );
    const failed = rejection<EventHandlingError>(sent);
    await gates.openAll();
    expect((await finished(failed)).failures).toHaveLength(1);
    expect(gates.arrived.toSorted()).toEqual(["a", "a>", "b", "b>"]);
  });

  it("starts anew with each yield, and with what is sent (E8)", async () => {
    const { mediator, handled } = clock({ maxFollowUpDepth: 2 }, 2);
    const flow = new Flow(async function* ({ emit }) {
      for (let i = 0; i < 5; i++) {
        emit(new Tick(0));
        yield i;
      }
    });
    expect(await collect(mediator.stream(flow))).toHaveLength(5);
    expect(handled).toHaveLength(15);
  });

  it("counts fields named constructor for nothing (E8)", async () => {
    const odd = (event: Event): Event => Object.assign(event, { constructor: null });
    const gates = new Gates();
    const mediator = growing(gates, { maxFollowUpDepth: 1, concurrentEventHandleEnable });
    const tree = odd(new Node("a", odd(new Node("b", odd(new Node("c"))))));
    const failed = rejection<EventHandlingError>(mediator.publish(tree));
    await gates.openAll();
    expect((await finished(failed)).errors[0]).toMatchObject({ chain: ["Node", "Node", "Node"] });
  });

  it.each([
    ["synchronous", () => undefined],
    ["asynchronous", async () => {}],
  ])(
    "may be as long as the option says: 20,000, %s handlers (E8; python-cqrs recurses until the stack ends)",
    async (_kind, wait) => {
      let handled = 0;
      const mediator = bootstrap({
        concurrentEventHandleEnable,
        maxFollowUpDepth: 20_000,
        domainEventsMapper: (map) =>
          map.bind(Tick, ({ n }, { emit }) => {
            handled++;
            if (n < 20_000) emit(new Tick(n + 1));
            return wait();
          }),
      });
      await finished(mediator.publish(new Tick(0)));
      expect(handled).toBe(20_001);
    },
  );
});

describe.each(modes)("very many follow-ups, %s", (_, concurrentEventHandleEnable) => {
  it.each([
    ["synchronous", () => undefined],
    ["asynchronous", async () => {}],
  ])(
    "in breadth are all handled: 100,000, %s handlers (python-cqrs recurses until the stack ends)",
    async (_kind, wait) => {
      let handled = 0;
      const mediator = bootstrap({
        concurrentEventHandleEnable,
        maxConcurrentEventHandlers: 10,
        domainEventsMapper: (map) =>
          map.bind(Node, ({ name }, { emit }) => {
            handled++;
            if (name === "root") for (let i = 0; i < 100_000; i++) emit(new Node("leaf"));
            return wait();
          }),
      });
      await mediator.publish(new Node("root"));
      expect(handled).toBe(100_001);
    },
  );
});

describe("notification events among follow-ups", () => {
  it.each(modes)("are published, %s (E10; python-cqrs never publishes them)", async (_, parallel) => {
    const messageBroker = new RecordingBroker();
    const mediator = bootstrap({
      messageBroker,
      concurrentEventHandleEnable: parallel,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Node, ({ children }, { emit }) => {
          children.forEach(emit);
        }),
    });
    await mediator.publish(new Node("a", new Told(1), new Node("b", new Told(2))));
    await mediator.send(emitAll(new Node("c", new Told(3))));
    expect(messageBroker.messages.map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("without a broker fail the handler that emits them (E1, E6)", async () => {
    const mediator = bootstrap({
      domainEventsMapper: (map) =>
        map.bind(Node, ({ children }, { emit }) => {
          children.forEach(emit);
        }),
    });
    const error = await rejection<EventHandlingError>(mediator.publish(new Node("a", new Told(1))));
    expect(error.errors).toMatchObject([{ code: "SLUICE_NO_BROKER" }]);
  });
});
