import { describe, expect, it } from "vitest";
import { bootstrap } from "./bootstrap.js";
import { bindBodies, collect, Flow, finished, Gates, quiet, rejection } from "./flow.fixture.js";
import { emitting, Happened, isSettled, mediatorOf } from "./gated-mediator.fixture.js";

describe("streams of one mediator (S13)", () => {
  it("share nothing but the limit: a consumer that takes its time blocks nobody (S13)", async () => {
    const mediator = bootstrap({
      maxConcurrentEventHandlers: 1,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Happened, () => quiet()),
    });
    const flow = () =>
      new Flow(async function* ({ emit }) {
        for (let i = 0; i < 3; i++) {
          emit(new Happened());
          yield i;
        }
      });
    const slow = mediator.stream(flow());
    const aheadOfSlow = mediator.stream(flow(), { readAhead: 2 });
    await finished(slow.next());
    await finished(aheadOfSlow.next());
    expect(await finished(collect(mediator.stream(flow())))).toEqual([0, 1, 2]);
    await finished(mediator.publish(new Happened()));
    await finished(mediator.send(emitting("")));
    expect(await finished(collect(slow))).toEqual([1, 2]);
    expect(await finished(collect(aheadOfSlow))).toEqual([1, 2]);
  });

  it("do not mix their items, their events or their failures (S2, S13)", async () => {
    const handled: string[] = [];
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Happened, async ({ name }) => {
          await quiet();
          handled.push(name);
          if (name === "bad 1") throw new Error("bad");
        }),
    });
    const flow = (name: string) =>
      new Flow<string>(async function* ({ emit }) {
        for (let i = 0; i < 3; i++) {
          emit(new Happened(`${name} ${i}`));
          yield `${name} ${i}`;
        }
      });
    const [a, bad, b] = await finished(
      Promise.allSettled([
        collect(mediator.stream(flow("a"))),
        collect(mediator.stream(flow("bad"))),
        collect(mediator.stream(flow("b"))),
      ]),
    );
    expect(a).toEqual({ status: "fulfilled", value: ["a 0", "a 1", "a 2"] });
    expect(b).toEqual({ status: "fulfilled", value: ["b 0", "b 1", "b 2"] });
    expect(bad).toMatchObject({ status: "rejected", reason: { response: "bad 1" } });
    expect(handled).toHaveLength(8);
  });

  it("end one by one: leaving one aborts no other (S7, S13)", async () => {
    const mediator = mediatorOf(new Gates());
    const signals: AbortSignal[] = [];
    const flow = () =>
      new Flow(async function* ({ signal }) {
        signals.push(signal);
        yield 1;
        yield 2;
      });
    const left = mediator.stream(flow());
    const kept = mediator.stream(flow());
    await left.next();
    await kept.next();
    await left.return(undefined);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(await collect(kept)).toEqual([2]);
  });

  it("do not wait for a slot that a slow handler of another holds, while there are others (E2, S13)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf(gates, { maxConcurrentEventHandlers: 2 });
    const slow = mediator.send(emitting("slow"));
    const flow = new Flow(async function* ({ emit }) {
      for (const name of ["1", "2", "3"]) {
        emit(new Happened(name));
        yield name;
      }
    });
    const items = collect(mediator.stream(flow));
    for (const name of ["1", "2", "3"]) {
      await quiet();
      await gates.open(name);
    }
    expect(await finished(items)).toEqual(["1", "2", "3"]);
    expect(gates.waiting).toEqual(["slow"]);
    await gates.openAll();
    await slow;
  });
});

describe("publish() with a signal", () => {
  it("that has aborted handles nothing (E10)", async () => {
    const gates = new Gates();
    const published = mediatorOf(gates).publish(new Happened("a"), { signal: AbortSignal.abort("no") });
    expect(await rejection(published)).toBe("no");
    expect(gates.arrived).toEqual([]);
  });

  it("that aborts rejects at once with its reason, and aborts the handlers' signal (E10)", async () => {
    const gates = new Gates();
    const signals: AbortSignal[] = [];
    const mediator = mediatorOf(gates, {
      domainEventsMapper: (map) =>
        map.bind(Happened, ({ name }, { signal }) => {
          signals.push(signal);
          return gates.pass(name);
        }),
    });
    const stop = new AbortController();
    const published = rejection(mediator.publish(new Happened("a"), { signal: stop.signal }));
    await quiet();
    stop.abort("enough");
    expect(await finished(published)).toBe("enough");
    expect(signals.map(({ reason }) => reason)).toEqual(["enough"]);
    const closed = mediator.close();
    expect(await isSettled(closed)).toBe(false);
    await gates.openAll();
    await finished(closed);
  });
});
