import { describe, expect, it } from "vitest";
import { bootstrap } from "../mediator/bootstrap.js";
import {
  Do,
  Flow,
  Gates,
  Gauge,
  quiet,
  RecordingBroker,
  RecordingLogger,
  Told,
} from "../mediator/flow.fixture.js";
import { emitAll } from "./emit-all.fixture.js";
import { mediatorOf, Step, steps } from "./event-processor.fixture.js";

const modes = [
  ["in parallel", { concurrentEventHandleEnable: true }],
  ["one at a time", { concurrentEventHandleEnable: false }],
] as const;

describe.each(modes)("events handled %s", (_, mode) => {
  it("are all handled by all their handlers before the answer leaves (E1, R1)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf(
      (map) =>
        map
          .bind(Step, async ({ name }) => {
            await quiet();
            calls.push(`a ${name}`);
          })
          .bind(Step, ({ name }) => calls.push(`b ${name}`)),
      mode,
    );
    await mediator.send(emitAll(steps("1", "2", "3")));
    expect(calls.sort()).toEqual(["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"]);
  });

  it("are those of their own yield, which cleared them (S3)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf((map) => map.bind(Step, ({ name }) => calls.push(name)), mode);
    const flow = new Flow(async function* ({ emit }) {
      for (const names of [["1"], [], ["3"], []]) {
        steps(...names).forEach(emit);
        yield names.length;
      }
    });
    const seen: [number, string[]][] = [];
    for await (const item of mediator.stream(flow)) seen.push([item, calls.splice(0)]);
    expect(seen).toEqual([
      [1, ["1"]],
      [0, []],
      [1, ["3"]],
      [0, []],
    ]);
  });

  it("leave the list that they were given in as it was", async () => {
    const given = steps("1", "2");
    const handler = {
      events: given,
      clearEvents() {
        this.events = [];
      },
      handle() {},
    };
    const handled: unknown[] = [];
    const mediator = bootstrap({
      ...mode,
      commandsMapper: (map) => map.bind(Do<void>, handler),
      domainEventsMapper: (map) =>
        map.bind(Step, (event, { emit }) => {
          handled.push(event);
          if (event.name === "1") emit(new Step("follow-up"));
        }),
    });
    const before = [...given];
    await mediator.send(new Do(() => {}));
    expect(handled).toHaveLength(3);
    expect(given).toEqual(before);
  });

  it("goes three levels down: command, first, second, third (E3, E4)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, async ({ name }, { emit }) => {
          calls.push(name);
          if (name.length < 3) emit(new Step(`${name}>`));
        }),
      mode,
    );
    await mediator.send(emitAll(steps(">")));
    expect(calls).toEqual([">", ">>", ">>>"]);
  });

  it("keep a root with three children under the limit (E2)", async () => {
    const gauge = new Gauge();
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, ({ name }, { emit }) =>
          gauge.during(async () => {
            await quiet();
            if (name === "root") steps("1", "2", "3").forEach(emit);
          }),
        ),
      { ...mode, maxConcurrentEventHandlers: 2 },
    );
    await mediator.send(emitAll(steps("root")));
    expect(gauge.total).toBe(4);
    expect(gauge.peak).toBe(mode.concurrentEventHandleEnable ? 2 : 1);
  });

  it("published outside a request have handlers, follow-ups and notification events the same (E10)", async () => {
    const calls: string[] = [];
    const messageBroker = new RecordingBroker();
    const mediator = mediatorOf(
      (map) =>
        map
          .bind(Step, async ({ name }, { emit }) => {
            await quiet();
            calls.push(name);
            if (name === "1") emit(new Step("2"));
            else emit(new Told(2));
          })
          .bind(Step, () => {
            throw new Error("isolated");
          }),
      { ...mode, messageBroker, onEventError: "report", logger: new RecordingLogger() },
    );
    await mediator.publish(new Step("1"));
    expect(calls).toEqual(["1", "2"]);
    expect(messageBroker.messages.map(({ payload }) => payload)).toEqual([{ n: 2 }]);
  });
});

describe("parallel mode", () => {
  it("starts all handlers of all events of a dispatch at once, below the limit (E2)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) =>
      map.bind(Step, ({ name }) => gates.pass(`a${name}`)).bind(Step, ({ name }) => gates.pass(`b${name}`)),
    );
    const sent = mediator.send(emitAll(steps("1", "2")));
    await quiet();
    expect(gates.waiting).toEqual(["a1", "b1", "a2", "b2"]);
    await gates.openAll();
    await sent;
  });

  it("publishes in parallel outside a request too (E10)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) =>
      map.bind(Step, () => gates.pass("a")).bind(Step, () => gates.pass("b")),
    );
    const published = mediator.publish(new Step("1"));
    await quiet();
    expect(gates.waiting).toEqual(["a", "b"]);
    await gates.openAll();
    await published;
  });
});

describe("concurrentEventHandleEnable: false", () => {
  const sequential = { concurrentEventHandleEnable: false };

  it("runs the handlers of a dispatch one at a time, in order of emission, then of binding (E3)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, ({ name }) => gates.pass(`a${name}`)).bind(Step, ({ name }) => gates.pass(`b${name}`)),
      sequential,
    );
    const sent = mediator.send(emitAll(steps("1", "2")));
    for (const name of ["a1", "b1", "a2", "b2"]) {
      await quiet();
      expect(gates.waiting).toEqual([name]);
      await gates.open(name);
    }
    await sent;
  });

  it("is a rule for each dispatch: two of them run beside each other (E3)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) => map.bind(Step, ({ name }) => gates.pass(name)), sequential);
    const sent = [mediator.send(emitAll(steps("1", "2"))), mediator.send(emitAll(steps("3", "4")))];
    await quiet();
    expect(gates.waiting).toEqual(["1", "3"]);
    await gates.openAll();
    await Promise.all(sent);
  });

  it("holds under the limit of the mediator all the same (E2, E3)", async () => {
    const gates = new Gates();
    const mediator = mediatorOf((map) => map.bind(Step, ({ name }) => gates.pass(name)), {
      ...sequential,
      maxConcurrentEventHandlers: 1,
    });
    const sent = [mediator.send(emitAll(steps("1", "2"))), mediator.send(emitAll(steps("3", "4")))];
    await quiet();
    expect(gates.waiting).toEqual(["1"]);
    await gates.open("1");
    expect(gates.waiting).toHaveLength(1);
    await gates.openAll();
    await Promise.all(sent);
    expect(gates.arrived.indexOf("3")).toBeLessThan(gates.arrived.indexOf("4"));
  });

  it("goes on after a handler that fails (E3, E6)", async () => {
    const calls: string[] = [];
    const mediator = mediatorOf(
      (map) =>
        map.bind(Step, async ({ name }) => {
          calls.push(name);
          if (name === "1") throw new Error("no");
        }),
      { ...sequential, onEventError: "report", logger: new RecordingLogger() },
    );
    await mediator.send(emitAll(steps("1", "2", "3")));
    expect(calls).toEqual(["1", "2", "3"]);
  });
});
