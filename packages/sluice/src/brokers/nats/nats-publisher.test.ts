import { describe, expect, it, vi } from "vitest";
import { RecordingLogger } from "../../testing/recording-logger.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import { NatsClient } from "./nats-client.js";
import { FakeNatsConnection, settled } from "./nats-connection.fixture.js";
import type { NatsParcel } from "./nats-parcel.js";
import { NatsPublisher } from "./nats-publisher.js";

const signal = new AbortController().signal;
const taken = { stream: "S", seq: 1 };
const full = { error: { code: 503, err_code: 10077, description: "maximum messages exceeded" } };
const noLeader = {
  error: { code: 503, err_code: 10008, description: "JetStream system temporarily unavailable" },
};

function setUp({ of = async () => "S", areCreated = false, ...options } = {}) {
  const connection = new FakeNatsConnection();
  const logger = new RecordingLogger();
  const client = new NatsClient({ connection }, { publishTimeoutMs: 30_000, idleTimeoutMs: 15_000, logger });
  const streams = { areCreated, of: vi.fn(of) };
  const settings = { publishTimeoutMs: 30_000, maxPending: 10, ...options };
  const publisher = new NatsPublisher({ client, streams: streams as never, ...settings });
  const publish = (...ids: readonly string[]) => publisher.publish(ids.map(parcel), signal);
  const bodies = () => connection.sent.map(({ body }) => body);
  return { connection, publisher, publish, bodies, streams };
}

function parcel(id: string): NatsParcel {
  const body = new TextEncoder().encode(id);
  return {
    id,
    topic: id.split(":")[1] ?? "t",
    key: id[0],
    headers: { encode: () => new Uint8Array() },
    body,
  };
}

describe("NatsPublisher", () => {
  it("sends all at once, and resolves when the last is acknowledged, however they are answered", async () => {
    const { connection, publish, bodies } = setUp();
    let done = false;
    const published = publish("a1", "b1", "a2").then(() => {
      done = true;
    });
    await settled();
    expect(bodies()).toEqual(["a1", "b1", "a2"]);
    await connection.answer(2, taken);
    await connection.answer(0, taken);
    expect(done).toBe(false);
    await connection.answer(1, { ...taken, duplicate: true });
    await published;
  });

  it("sends again what was not taken in a moment without a leader, and only then what is behind it", async () => {
    vi.useFakeTimers();
    const { connection, publish, bodies } = setUp();
    const published = publish("a1", "a2");
    await settled();
    await connection.answer(0, noLeader);
    const later = publish("a3");
    await settled();
    expect(bodies()).toEqual(["a1", "a2"]);
    await connection.answer(1, noLeader);
    await vi.advanceTimersByTimeAsync(100);
    expect(bodies()).toEqual(["a1", "a2", "a1"]);
    await connection.answer(2, taken);
    expect(bodies()).toEqual(["a1", "a2", "a1", "a2", "a3"]);
    await connection.answer(3, taken);
    await connection.answer(4, taken);
    await Promise.all([published, later]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("sends again, in its order and the first alone, what a lost connection left without an answer", async () => {
    vi.useFakeTimers();
    const { connection, publish, bodies } = setUp();
    const published = publish("a1", "a2", "a3");
    await settled();
    await connection.answer(1, taken);
    await connection.tell({ type: "disconnect" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bodies()).toHaveLength(3);
    await connection.tell({ type: "reconnect" });
    expect(bodies().slice(3)).toEqual(["a1"]);
    await connection.answer(0, taken); // late, by the connection that was lost
    await connection.answer(3, taken);
    expect(bodies().slice(4)).toEqual(["a3"]);
    await connection.answer(4, taken);
    await published;
    vi.useRealTimers();
  });

  it("sends again what nobody acknowledged within five seconds", async () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
    });
    const { connection, publish, bodies } = setUp();
    const published = publish("a1");
    await settled();
    await vi.advanceTimersByTimeAsync(7_000);
    expect(bodies()).toEqual(["a1", "a1"]);
    await connection.answer(1, taken);
    await published;
    vi.useRealTimers();
  });

  it("names what a stream does not keep, and those of its key that were not sent after it", async () => {
    const { connection, publish } = setUp();
    const published = publish("a1", "b1");
    await settled();
    await connection.answer(0, full);
    await connection.answer(1, taken);
    await expect(published).rejects.toMatchObject({
      code: "SLUICE_PUBLISH_FAILED",
      failures: new Map([["a1", expect.any(BrokerUnavailableError)]]),
    });
  });

  it("blames no message where none is taken", async () => {
    const { connection, publish } = setUp();
    const published = publish("a1", "b1");
    await settled();
    await connection.answer(0, full);
    await connection.answer(1, full);
    await expect(published).rejects.toThrow(/the stream of t does not take it: maximum messages exceeded/);
    await expect(published).rejects.toBeInstanceOf(BrokerUnavailableError);
  });

  it("fails the topics that no stream has, and goes on with the others", async () => {
    vi.useFakeTimers();
    const of = async () => Promise.reject(new BrokerUnavailableError("no stream"));
    const { connection, publish, bodies, streams } = setUp({ of });
    const lost = publish("a1:nowhere", "a2:nowhere");
    const found = publish("a3:t");
    await settled();
    await connection.answer(0, 503);
    await connection.answer(1, 503);
    await expect(lost).rejects.toThrow(/no stream/);
    expect(streams.of).toHaveBeenCalledTimes(1);
    await connection.answer(2, taken);
    await found;
    expect(bodies()).toHaveLength(3);
    vi.useRealTimers();
  });

  it("makes streams before it sends to them, in order", async () => {
    const made = Promise.withResolvers<string>();
    const { publish, bodies, connection } = setUp({ areCreated: true, of: () => made.promise });
    const published = publish("a1", "a2");
    await settled();
    expect(bodies()).toEqual([]);
    made.resolve("S");
    await settled();
    expect(bodies()).toEqual(["a1", "a2"]);
    await connection.answer(0, taken);
    await connection.answer(1, taken);
    await published;
  });

  it("refuses for good what is larger than the server takes, and sends the rest", async () => {
    const { connection, publish, bodies } = setUp();
    const published = publish("x".repeat(1_001), "b1");
    await settled();
    expect(bodies()).toEqual(["b1"]);
    await connection.answer(0, taken);
    await expect(published).rejects.toThrow(
      /it has 1001 bytes with its headers, and max_payload of this server is 1000/,
    );
  });

  it("sends nothing for whoever no longer waits, while the connection is lost", async () => {
    const { connection, publisher, publish, bodies } = setUp();
    const first = publish("a1");
    await settled();
    await connection.answer(0, taken);
    await first;
    await connection.tell({ type: "disconnect" });
    const leaving = new AbortController();
    const left = publisher.publish([parcel("a2")], leaving.signal);
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    const staying = publish("a3");
    await connection.tell({ type: "reconnect" });
    expect(bodies()).toEqual(["a1", "a3"]);
    await connection.answer(1, taken);
    await staying;
    await publisher.close();
    expect(connection.receivers).toBe(0);
  });

  it("says which permission is missing", async () => {
    const { connection, publish } = setUp();
    const published = publish("a1:secret", "a2:t");
    await settled();
    const error = Object.assign(new Error('Permissions Violation for Publish to "secret"'), {
      operation: "publish",
      subject: "secret",
    });
    await connection.tell({ type: "error", error });
    await connection.answer(1, taken);
    await expect(published).rejects.toThrow(
      /may not publish to secret.*Add the subject to its publish permissions/,
    );
  });
});
