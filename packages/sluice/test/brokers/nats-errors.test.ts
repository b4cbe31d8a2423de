import { jetstreamManager } from "@nats-io/jetstream";
import { nats } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { Message, ReceivedMessage } from "sluice";
import { MalformedMessageError } from "sluice/brokers";
import { describe, expect, it, vi } from "vitest";
import {
  brokerOn,
  brokerWith,
  connection,
  Inbox,
  messages,
  newTopic,
  others,
  signal,
  useNats,
} from "./nats.fixture.js";

vi.setConfig({ testTimeout: 20_000, maxConcurrency: 10 });

describeWith(nats, "NatsBroker, when something is wrong", () => {
  useNats();

  it.concurrent("publishes what waited while the server was away, and rejects what is beyond maxPending", async () => {
    const own = await nats.start();
    others.push(own);
    const topic = newTopic();
    const broker = brokerOn(own.url, { maxPending: 10 });
    await broker.publish(messages(topic, 1), { signal });
    await own.kill();
    const waiting = broker.publish(messages(topic, 8), { signal });
    await vi.waitFor(async () => {
      const beyond = broker.publish(messages(topic, 3), { signal: AbortSignal.timeout(50) });
      await expect(beyond).rejects.toMatchObject({ code: "SLUICE_BROKER_UNAVAILABLE" });
    });
    const leaving = new AbortController();
    const left = broker.publish(messages(topic, 1), { signal: leaving.signal });
    leaving.abort(new Error("nobody waits"));
    await expect(left).rejects.toThrow("nobody waits");
    await own.restart();
    await waiting;
    const inbox = new Inbox();
    await broker.subscribe({ topics: [topic], group: "billing", onMessage: inbox.onMessage });
    await inbox.has(9);
  });

  it.concurrent("waits for a server that is not there yet, but no longer than publishTimeoutMs", async () => {
    const own = await nats.start();
    others.push(own);
    await own.kill();
    const hasty = brokerOn(own.url, { publishTimeoutMs: 300 });
    await expect(hasty.publish(messages("t", 1), { signal })).rejects.toMatchObject({
      code: "SLUICE_BROKER_UNAVAILABLE",
      message: expect.stringMatching(/did not acknowledge within 300 ms.*Look whether the server runs/),
    });
    const published = brokerOn(own.url).publish(messages("t", 1), { signal });
    await own.restart();
    await published;
  });

  describe.concurrent("says what is wrong", () => {
    it.concurrent("no stream has the topic", async () => {
      const broker = brokerWith({ createStreams: undefined });
      const topic = newTopic();
      const expected = {
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringMatching(
          /No stream of JetStream has the subject shop\.orders_\d+\. Make one.*createStreams/,
        ),
      };
      await expect(broker.publish(messages(topic, 3), { signal })).rejects.toMatchObject(expected);
      await expect(broker.subscribe({ topics: [topic], onMessage() {} })).rejects.toMatchObject(expected);
    });

    it.concurrent("a message is too large, and the others arrive", async () => {
      const topic = newTopic();
      const broker = brokerWith();
      const [small, large] = messages(topic, 2, (n) => (n === 1 ? { payload: "x".repeat(2 ** 20) } : {}));
      await expect(broker.publish([large as Message], { signal })).rejects.toMatchObject({
        code: "SLUICE_MESSAGE_REFUSED",
        message: expect.stringMatching(/max_payload of this server is 1048576/),
      });
      const both = broker.publish([large as Message, small as Message], { signal });
      await expect(both).rejects.toMatchObject({ code: "SLUICE_PUBLISH_FAILED" });
      const inbox = new Inbox();
      await broker.subscribe({ topics: [topic], group: "g", onMessage: inbox.onMessage });
      await inbox.has(1);
      expect(inbox.received[0]?.id).toBe(small?.id);
    });

    it.concurrent("a wrong password, a missing permission", async () => {
      const own = await nats.start({
        settings: {
          "authorization.users.0.user": "shop",
          "authorization.users.0.password": "right",
          "authorization.users.0.permissions.publish.deny": "secret.>",
        },
      });
      others.push(own);
      const connection = { servers: own.url, user: "shop", pass: "wrong" };
      const wrong = brokerOn(own.url, { connection });
      const refusal = {
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringMatching(/does not let in user "shop"/),
      };
      await expect(wrong.publish(messages("orders", 1), { signal })).rejects.toMatchObject(refusal);
      await expect(wrong.subscribe({ topics: ["orders"], onMessage() {} })).rejects.toMatchObject(refusal);
      const right = brokerOn(own.url, { connection: { ...connection, pass: "right" } });
      await expect(right.publish(messages("secret.plans", 2), { signal })).rejects.toMatchObject({
        code: "SLUICE_BROKER_UNAVAILABLE",
        message: expect.stringMatching(/may not publish to secret\.plans/),
      });
      await right.publish(messages("orders", 1), { signal });
    });

    it.concurrent("a group whose consumer is of another kind", async () => {
      const topic = newTopic();
      const broker = brokerWith();
      await broker.publish(messages(topic, 1), { signal });
      const manager = await jetstreamManager(await connection());
      const name = `billing@${topic.replaceAll(".", "=")}`;
      const stream = await manager.streams.find(topic);
      const config = { durable_name: name, ack_policy: "all" as const, filter_subject: topic };
      await manager.consumers.add(stream, config);
      const late = broker.subscribe({ topics: [topic], group: "billing", onMessage() {} });
      await expect(late).rejects.toThrow(/its ack policy is all\. Take another name, or delete it/);
    });
  });

  it.concurrent("passes malformed messages on with their raw bytes, and what is behind them goes on (M2)", async () => {
    const topic = newTopic();
    const broker = brokerWith();
    await broker.publish(messages(topic, 1), { signal });
    const other = await connection();
    other.publish(topic, new Uint8Array([1, 2, 3]));
    await other.flush();
    await broker.publish(messages(topic, 1), { signal });
    const got: unknown[] = [];
    const onMessage = (message: ReceivedMessage) => {
      try {
        got.push(message.id);
      } catch (error) {
        got.push(error);
      }
    };
    await broker.subscribe({ topics: [topic], group: "g", onMessage });
    await vi.waitFor(() => expect(got).toHaveLength(3));
    expect(got[1]).toBeInstanceOf(MalformedMessageError);
    expect([...(got[1] as MalformedMessageError).raw.body]).toEqual([1, 2, 3]);
  });
});
