import { describe, expect, it } from "vitest";
import type { BrokerFeatures } from "../brokers/broker-features.js";
import { brokerConformance } from "./broker-conformance.js";
import { Conforming, failures } from "./flawed-brokers.fixture.js";

describe("brokerConformance", () => {
  it("passes a broker that conforms", async () => {
    expect(await failures(() => new Conforming(), { restart: async () => {}, timeoutMs: 10_000 })).toEqual(
      [],
    );
  });

  it("leaves no timer behind", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    const before = timers();
    await failures(() => new Conforming());
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it("skips what a broker says it cannot, and says why", async () => {
    const skipped = async (features: Partial<BrokerFeatures>) => {
      const why: string[] = [];
      const cases = brokerConformance({ name: "it", create: () => new Conforming(), features });
      await Promise.all(cases.map(({ run }) => run({ skip: (each = "") => why.push(each) }).catch(() => {})));
      return why.map((each) => each.replace("Left out without ", ""));
    };
    const needed = ["a server to restart", "no replay", "deduplication", "delay"];
    expect(new Set(await skipped({}))).toEqual(new Set(needed.map((each) => `${each}.`)));
    expect(await skipped({ fanOut: false, replay: false, standby: true })).toEqual(
      expect.arrayContaining(["fan-out.", "replay.", "members that all work."]),
    );
  });

  it("leaves out what a broker is said not to be able to do, where all is said", () => {
    const { features } = new Conforming();
    const titles = (given: Partial<BrokerFeatures>) =>
      brokerConformance({ name: "it", create: () => new Conforming(), features: given }).map(
        ({ name }) => name,
      );
    const all = titles({});
    const due = titles({ ...features, fanOut: false });
    expect(all.filter((name) => !due.includes(name))).toEqual(
      expect.arrayContaining([
        expect.stringContaining("the server is killed"),
        expect.stringContaining("every subscriber"),
      ]),
    );
    expect(titles({ fanOut: false })).toEqual(all);
  });

  it("wants to know what a broker can", async () => {
    const create = () => ({
      ...new Conforming(),
      features: undefined,
      publish: async () => {},
      close: async () => {},
    });
    const [first] = brokerConformance({ name: "it", create });
    await expect(first?.run()).rejects.toThrow("The broker has no features");
    const [second] = brokerConformance({ name: "it", create, features: new Conforming().features });
    await expect(second?.run()).rejects.toThrow("The broker has no subscribe()");
  });

  it("runs each case again under stress, so often at the same moment", async () => {
    let open = 0;
    let most = 0;
    const create = () => {
      most = Math.max(most, ++open);
      return new Conforming();
    };
    const cases = brokerConformance({ name: "it", create, stress: 4 });
    const half = cases.length / 2;
    expect(cases[half]?.name).toBe(`${cases[0]?.name}, 4 at a time`);
    open = 0;
    await cases[0]?.run();
    expect(most).toBe(1);
    open = 0;
    await cases[half]?.run();
    expect(most).toBe(4);
  });

  it("fails a case that fails once among many", async () => {
    let made = 0;
    const create = () => {
      const broker = new Conforming();
      if (++made === 2) broker.publish = async () => {};
      return broker;
    };
    const cases = brokerConformance({ name: "it", create, stress: 3, timeoutMs: 100 });
    const stressed = cases.find(({ name }) => name.endsWith("as they are (M3), 3 at a time"));
    await expect(stressed?.run()).rejects.toThrow("did not come in time");
  });

  it("restarts the server once for all that run at the same moment, when all are ready, or have failed", async () => {
    const log: string[] = [];
    let made = 0;
    const create = () => {
      const broker = new Conforming();
      const isBroken = ++made === 2;
      const publish = broker.publish.bind(broker);
      broker.publish = async (messages, options) => {
        if (isBroken) throw new Error("This one is broken.");
        if (messages.length === 20) log.push("ready");
        await publish(messages, options);
      };
      return broker;
    };
    const restart = async () => void log.push("restart");
    const cases = brokerConformance({ name: "it", create, stress: 3, restart });
    const stressed = cases.find(({ name }) => /loses nothing while the server.*3 at a time/.test(name));
    await expect(stressed?.run()).rejects.toThrow("This one is broken.");
    expect(log).toEqual(["ready", "ready", "restart"]);
  });

  it.each([1, 0, -1, 1.5, Number.NaN, "3"])("refuses %j for stress", (stress) => {
    const create = () => new Conforming();
    expect(() => brokerConformance({ name: "it", create, stress: stress as number })).toThrow("whole number");
  });

  it("makes each topic before it is used", async () => {
    const topics = new Set<string>();
    class Strict extends Conforming {
      override publish(...[messages, options]: Parameters<Conforming["publish"]>) {
        for (const { topic } of messages) if (!topics.has(topic)) throw new Error(`no topic ${topic}`);
        return super.publish(messages, options);
      }
    }
    const createTopic = async (name: string) => topics.add(name);
    expect(await failures(() => new Strict(), { createTopic, timeoutMs: 10_000 })).toEqual([]);
  });
});
