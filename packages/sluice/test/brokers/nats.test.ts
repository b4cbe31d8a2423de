import { nats } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { NatsBroker } from "sluice/brokers/nats";
import { brokerConformance } from "sluice/testing";
import { describe, expect, it, vi } from "vitest";
import {
  brokerOn,
  brokerWith,
  Inbox,
  keyed,
  messages,
  newTopic,
  others,
  server,
  signal,
  useNats,
} from "./nats.fixture.js";
import { restartTogether } from "./restart-together.fixture.js";

vi.setConfig({ testTimeout: 20_000, maxConcurrency: 10 });

describeWith(nats, "NatsBroker", () => {
  useNats();

  describe("conforms", () => {
    const restart = restartTogether(2, () => server);
    // Takeovers within a second, not five.
    const options = { ackWaitMs: 1_000 };
    const create = () => brokerWith(options);
    const featuresOf = (orderPerKey: "group" | "member") =>
      new NatsBroker({ connection: { servers: "127.0.0.1" }, orderPerKey }).features;
    const cases = brokerConformance({ name: "NATS", create, features: featuresOf("member"), restart });
    const isRestart = ({ name }: { readonly name: string }) => name.includes("the server is killed");
    for (const each of cases) if (!isRestart(each)) it.concurrent(each.name, () => each.run());

    const pinned = () => brokerWith({ ...options, orderPerKey: "group" });
    const ofOrder = brokerConformance({
      name: "NATS, one pinned member",
      create: pinned,
      features: featuresOf("group"),
    });
    for (const { name, run } of ofOrder)
      if (/order per key|members/.test(name)) it.concurrent(name, () => run());

    describe("on a server that is killed", () => {
      const restarting = cases.filter(isRestart);
      it.concurrent("has two cases", () => expect(restarting).toHaveLength(2));
      for (const { name, run } of restarting) it.concurrent(name, () => run());
    });
  });

  it.concurrent("loses nothing when the server is killed while it publishes and consumes, and keeps the order per key (C1)", async () => {
    const own = await nats.start();
    others.push(own);
    const topic = newTopic();
    const inbox = new Inbox();
    const subscriber = brokerOn(own.url, { ackWaitMs: 1_000 });
    await subscriber.subscribe({ topics: [topic], group: "billing", onMessage: inbox.onMessage });
    const alone = new Inbox();
    await subscriber.subscribe({ topics: [topic], onMessage: alone.onMessage });
    const publisher = brokerOn(own.url);
    const all = messages(topic, 2_000, keyed(16));
    const publishing = Array.from({ length: 20 }, (_, n) =>
      publisher.publish(all.slice(n * 100, n * 100 + 100), { signal }),
    );
    await inbox.has(50);
    await own.kill();
    await own.restart();
    await Promise.all(publishing);
    for (const each of [inbox, alone]) {
      await vi.waitFor(() => expect(new Set(each.numbers).size).toBe(2_000), 15_000);
      const first = [...new Set(each.numbers)];
      for (let key = 0; key < 16; key++) {
        const ofKey = first.filter((n) => n % 16 === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
    }
  });
});
