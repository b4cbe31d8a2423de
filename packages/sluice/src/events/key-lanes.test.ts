import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { MessageBroker } from "../brokers/message-broker.js";
import { bootstrap } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import {
  bindBodies,
  collect,
  Flow,
  finished,
  Gates,
  quiet,
  rejection,
  Told,
} from "../mediator/flow.fixture.js";
import { emitAll } from "./emit-all.fixture.js";
import type { EventHandlingError } from "./event-errors.js";
import { Moved, orderBy } from "./key-lanes.fixture.js";

/** A mediator whose one handler of {@link Moved} waits at the gates. */
function ordered(gates: Gates, options: BootstrapOptions = {}) {
  return bootstrap({
    commandsMapper: bindBodies,
    domainEventsMapper: (map) => map.bind(Moved, ({ name }) => gates.pass(name), { orderBy }),
    ...options,
  });
}

describe("a handler bound with orderBy", () => {
  it("is given events of one key one after another, in the order of emission, those of others beside them (E7)", async () => {
    const gates = new Gates();
    const sent = ordered(gates).send(
      emitAll([
        new Moved("a", 1),
        new Moved("a", 2),
        new Moved("b", 1),
        new Moved("a", 3),
        new Moved("b", 2),
        new Moved("c", 1),
      ]),
    );
    await quiet();
    expect(gates.waiting).toEqual(["a1", "b1", "c1"]);
    await gates.open("b1");
    expect(gates.waiting).toEqual(["a1", "c1", "b2"]);
    await gates.open("a1");
    expect(gates.waiting).toEqual(["c1", "b2", "a2"]);
    await gates.open("a2");
    expect(gates.waiting).toEqual(["c1", "b2", "a3"]);
    await gates.openAll();
    await finished(sent);
  });

  it("keeps the order over all streams, requests and published events (E7)", async () => {
    const gates = new Gates();
    const mediator = ordered(gates);
    const flow = new Flow(async function* ({ emit }) {
      emit(new Moved("a", 1));
      emit(new Moved("a", 2));
      yield 1;
    });
    const work: Promise<unknown>[] = [collect(mediator.stream(flow))];
    await quiet();
    work.push(mediator.send(emitAll([new Moved("a", 3), new Moved("b", 1)])));
    await quiet();
    work.push(mediator.publish(new Moved("a", 4)));
    for (const name of ["a1", "a2", "a3", "a4"]) {
      await quiet();
      expect(gates.waiting.filter((waiting) => waiting.startsWith("a"))).toEqual([name]);
      await gates.open(name);
    }
    await gates.openAll();
    await finished(Promise.all(work));
  });

  it.each([1, 2, 3])(
    "keeps each key's order under a limit of %i, and stays below it (E2, E7)",
    async (limit) => {
      const gates = new Gates();
      const keys = ["a", "b", "c"];
      const events = [1, 2, 3, 4].flatMap((n) => keys.map((key) => new Moved(key, n)));
      const mediator = ordered(gates, { maxConcurrentEventHandlers: limit });
      const sent = mediator.send(emitAll(events));
      let most = 0;
      await quiet();
      while (gates.waiting.length > 0) {
        most = Math.max(most, gates.waiting.length);
        await gates.open(gates.waiting.at(-1) ?? "");
      }
      await finished(sent);
      expect(most).toBe(limit);
      for (const key of keys) {
        expect(gates.arrived.filter((name) => name.startsWith(key))).toEqual(
          [1, 2, 3, 4].map((n) => key + n),
        );
      }
    },
  );

  it("does not fill the limit with events that wait for their key (E2, E7)", async () => {
    const gates = new Gates();
    const mediator = ordered(gates, { maxConcurrentEventHandlers: 2 });
    const sent = mediator.send(
      emitAll([new Moved("a", 1), new Moved("a", 2), new Moved("a", 3), new Moved("b", 1)]),
    );
    await quiet();
    expect(gates.waiting).toEqual(["a1", "b1"]);
    await gates.openAll();
    await finished(sent);
  });

  it("orders that handler only: others of the same event run beside it (E7)", async () => {
    const gates = new Gates();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map
          .bind(Moved, ({ name }) => gates.pass(`ordered ${name}`), { orderBy })
          .bind(Moved, ({ name }) => gates.pass(`free ${name}`))
          .bind(Moved, ({ name }) => gates.pass(`by number ${name}`), { orderBy: ({ n }) => n }),
    });
    const sent = mediator.send(emitAll([new Moved("a", 1), new Moved("a", 2)]));
    await quiet();
    expect(gates.waiting).toEqual(["ordered a1", "free a1", "by number a1", "free a2", "by number a2"]);
    await gates.openAll();
    await finished(sent);
  });

  it("lets an event without a key go at once; null and NaN are keys, and so is an object (E7)", async () => {
    const gates = new Gates();
    const same = { toString: () => "same " };
    const twice = [undefined, null, Number.NaN, same, {}].flatMap((key) => [
      new Moved(key, 1),
      new Moved(key, 2),
    ]);
    const sent = ordered(gates, { maxConcurrentEventHandlers: 20 }).send(emitAll(twice));
    await quiet();
    expect(gates.waiting).toEqual([
      "undefined1",
      "undefined2",
      "null1",
      "NaN1",
      "same 1",
      "[object Object]1",
    ]);
    await gates.openAll();
    await finished(sent);
  });

  it("goes on to the next event of the key after one that failed (E6, E7)", async () => {
    const gates = new Gates();
    const sent = ordered(gates).send(emitAll([new Moved("a", 1), new Moved("a", 2)]));
    const error = rejection<EventHandlingError>(sent);
    await quiet();
    await gates.fail("a1", new Error("no"));
    expect(gates.waiting).toEqual(["a2"]);
    await gates.openAll();
    expect((await finished(error)).failures).toHaveLength(1);
  });

  it("goes on, synchronous or not, through a thousand events of one key (E7)", async () => {
    const handled: unknown[] = [];
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Moved, ({ n }) => (n === 0 ? quiet() : handled.push(n)), { orderBy }),
    });
    const events = Array.from({ length: 20_000 }, (_, n) => new Moved("a", n));
    await mediator.send(emitAll(events));
    expect(handled).toEqual(events.slice(1).map(({ n }) => n));
  });

  it("keeps nothing of the events it is done with, however long its key is never idle (E7)", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const gates = new Gates();
    const mediator = ordered(gates);
    const done: WeakRef<Moved>[] = [];
    let last: Promise<unknown> | undefined;
    for (let n = 0; n < 3000; n++) {
      const event = new Moved("a", n);
      done.push(new WeakRef(event));
      last = mediator.publish(event);
      if (n > 0) await gates.open(`a${n - 1}`);
    }
    collectGarbage();
    expect(done.filter((event) => event.deref() !== undefined).length).toBeLessThan(1100);
    await gates.openAll();
    await last;
  });

  it("whose orderBy throws has failed on that event, and only on that (E6, E7)", async () => {
    const handled: unknown[] = [];
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(
          Moved,
          function keyed({ n }) {
            handled.push(n);
          },
          {
            orderBy: ({ key }) => {
              if (key === "bad") throw new Error("no key");
              return key;
            },
          },
        ),
    });
    const sent = mediator.send(emitAll([new Moved("a", 1), new Moved("bad", 2), new Moved("a", 3)]));
    const error = await rejection<EventHandlingError>(sent);
    expect(error.failures).toMatchObject([
      { handler: "keyed", event: { n: 2 }, error: { message: "no key" } },
    ]);
    expect(handled).toEqual([1, 3]);
  });

  it("does not wait for events of its key that were dropped with their stream (E7, S7)", async () => {
    const gates = new Gates();
    const mediator = ordered(gates);
    const flow = new Flow(async function* ({ emit }) {
      for (const n of [1, 2, 3]) emit(new Moved("a", n));
      yield 1;
    });
    const stream = mediator.stream(flow);
    const next = stream.next();
    await quiet();
    const sent = mediator.send(emitAll([new Moved("a", 4)]));
    const returned = stream.return(undefined);
    await quiet();
    expect(gates.waiting).toEqual(["a1"]);
    await gates.open("a1");
    expect(gates.waiting).toEqual(["a4"]);
    await gates.open("a4");
    await finished(Promise.all([next, returned, sent]));
    expect(gates.arrived).toEqual(["a1", "a4"]);
  });

  it("lets go of a key whose owner was dropped before it had a slot (E7, S7)", async () => {
    const gates = new Gates();
    const mediator = ordered(gates, { maxConcurrentEventHandlers: 1 });
    const flow = new Flow(async function* ({ emit }) {
      emit(new Moved("first"));
      emit(new Moved("a", 1));
      emit(new Moved("a", 2));
      yield 1;
    });
    const stream = mediator.stream(flow);
    const next = stream.next();
    await quiet();
    const sent = mediator.send(emitAll([new Moved("a", 3)]));
    const returned = stream.return(undefined);
    await gates.openAll();
    await finished(Promise.all([next, returned, sent]));
    expect(gates.arrived).toEqual(["first", "a3"]);
  });

  it("keeps the order one at a time too (E3, E7)", async () => {
    const gates = new Gates();
    const mediator = ordered(gates, { concurrentEventHandleEnable: false });
    const work = [
      mediator.send(emitAll([new Moved("a", 1), new Moved("b", 1), new Moved("a", 2)])),
      mediator.send(emitAll([new Moved("a", 3), new Moved("b", 2)])),
    ];
    await gates.openAll();
    await finished(Promise.all(work));
    const of = (key: string) => gates.arrived.filter((name) => name.startsWith(key));
    expect(of("a")).toEqual(["a1", "a2", "a3"]);
    expect(of("b").sort()).toEqual(["b1", "b2"]);
  });

  it("handles follow-ups of its own key after the event that led to them (E4, E7)", async () => {
    const handled: string[] = [];
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(
          Moved,
          async ({ name, n }, { emit }) => {
            handled.push(`> ${name}`);
            if (n === 1) emit(new Moved("a", 3));
            await quiet();
            handled.push(`< ${name}`);
          },
          { orderBy },
        ),
    });
    await finished(mediator.send(emitAll([new Moved("a", 1), new Moved("a", 2)])));
    expect(handled).toEqual(["> a1", "< a1", "> a2", "< a2", "> a3", "< a3"]);
  });
});

describe("notification events", () => {
  it("of one topic and key are published one after another, others beside them (E7)", async () => {
    const gates = new Gates();
    const messageBroker: MessageBroker = {
      publish: (messages) =>
        gates.pass(messages.map(({ key, payload }) => `${key}${(payload as { n: number }).n}`).join()),
      close: async () => {},
    };
    const mediator = bootstrap({ messageBroker, commandsMapper: bindBodies });
    const elsewhere = Object.assign(new Told(9, "a"), { topic: "elsewhere" });
    const events = [
      new Told(1, "a"),
      new Told(2, "a"),
      new Told(1, "b"),
      new Told(1),
      new Told(2),
      elsewhere,
    ];
    const sent = mediator.send(emitAll(events));
    await quiet();
    expect(gates.waiting).toEqual(["a1", "b1", "undefined1", "undefined2", "a9"]);
    await gates.open("a1");
    expect(gates.waiting).toContain("a2");
    await gates.openAll();
    await finished(sent);
  });
});
