import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BrokerUnavailableError, MessageRefusedError, PublishFailedError } from "../publish-errors.js";
import { OutgoingBatch } from "./outgoing-batch.js";
import { driverError, FakeConnection } from "./rabbitmq.fixture.js";
import { rabbitMQSettings } from "./rabbitmq-broker-options.js";
import { RabbitMQLink } from "./rabbitmq-link.js";
import { RabbitMQPublisher } from "./rabbitmq-publisher.js";
import { RabbitMQTopology } from "./rabbitmq-topology.js";

afterEach(() => void vi.useRealTimers());

const turns = async (count = 10) => {
  for (let turn = 0; turn < count; turn++) await setImmediate();
};

/** Each text is a message: its id, after a colon its key. */
function batchOf(texts: readonly string[], exchange = "orders"): OutgoingBatch {
  const batch = new OutgoingBatch();
  for (const text of texts) {
    const [id = "", key] = text.split(":");
    const envelope = { exchange, routingKey: "x", messageId: id, mandatory: true, durable: true };
    batch.add(id, key, new TextEncoder().encode(id), envelope);
  }
  return batch;
}

function setUp(options: { maxPending?: number; publishTimeoutMs?: number } = {}) {
  const connection = new FakeConnection();
  const link = new RabbitMQLink(connection, "RabbitMQ", false);
  const given = { connection, ...options };
  const settings = rabbitMQSettings(given);
  const publisher = new RabbitMQPublisher(link, new RabbitMQTopology(given, settings), settings);
  const outcomes: unknown[] = [];
  const send = (texts: readonly string[], signal?: AbortSignal) =>
    publisher.send(batchOf(texts), signal).then(
      () => outcomes.push("taken"),
      (error) => outcomes.push(error),
    );
  return { connection, link, publisher, outcomes, send };
}

describe("RabbitMQPublisher", () => {
  it("declares an exchange once, and resolves when all of a batch is confirmed, not before", async () => {
    const { connection, outcomes, send } = setUp();
    void send(["1", "2"]);
    await turns();
    const { publishing } = connection;
    expect(publishing.ids).toEqual(["1", "2"]);
    publishing.sent[1]?.confirm();
    await turns();
    expect(outcomes).toEqual([]);
    publishing.sent[0]?.confirm();
    await turns();
    expect(outcomes).toEqual(["taken"]);
    void send(["3"]);
    await turns();
    publishing.confirmAll();
    await turns();
    const declared = connection.channels.flatMap(({ calls }) =>
      calls.filter(([name]) => name === "exchangeDeclare"),
    );
    expect(declared).toHaveLength(1);
  });

  it("sends again what was not confirmed when the channel is lost, before all that came later", async () => {
    const { connection, outcomes, send } = setUp();
    void send(["1", "2", "3"]);
    await turns();
    const { publishing: first } = connection;
    first.sent[1]?.confirm();
    await turns();
    first.lose(driverError("AMQPConnectionError", "CONN_CLOSE"));
    void send(["4"]);
    await turns(20);
    const { publishing: second } = connection;
    expect(second.ids).toEqual(["1", "3", "4"]);
    second.confirmAll();
    await turns();
    expect(outcomes).toEqual(["taken", "taken"]);
  });

  it("fails a message that comes back although it was confirmed, and no other one", async () => {
    const { connection, outcomes, send } = setUp();
    void send(["1", "2"]);
    await turns();
    const { publishing } = connection;
    // As the driver does it: the confirmation first, what came back a turn later.
    globalThis.setImmediate(() =>
      publishing.emit("basic.return", { exchange: "orders", routingKey: "x", messageId: "2" }),
    );
    publishing.confirmAll();
    await turns();
    expect(outcomes[0]).toBeInstanceOf(PublishFailedError);
    expect([...(outcomes[0] as PublishFailedError).failures.keys()]).toEqual(["2"]);
  });

  it("fails the message whose size the server names, and those of its key behind it, and sends the others again", async () => {
    const { connection, outcomes, send } = setUp();
    void send(["1:a", "large:b", "2:b", "3:a"]);
    await turns();
    connection.publishing.lose(
      driverError(
        "AMQPChannelError",
        "PRECONDITION_FAILED",
        "message size 5 is larger than configured max size 1",
      ),
    );
    await turns(20);
    expect(connection.publishing.ids).toEqual(["1", "3"]);
    connection.publishing.confirmAll();
    await turns();
    const { failures } = outcomes[0] as PublishFailedError;
    expect([...failures.keys()]).toEqual(["large", "2"]);
    expect(failures.get("large")).toBeInstanceOf(MessageRefusedError);
  });

  it("fails all messages to an exchange that the user may not write to, and sends the others again", async () => {
    const { connection, publisher, outcomes, send } = setUp();
    void send(["1"]);
    const other = publisher.send(batchOf(["2"], "other"));
    await turns();
    const text = "ACCESS_REFUSED - access to exchange 'orders' in vhost '/' refused for user 'guest'";
    connection.publishing.lose(driverError("AMQPChannelError", "ACCESS_REFUSED", text));
    await turns(20);
    expect(outcomes[0]).toBeInstanceOf(BrokerUnavailableError);
    expect(String(outcomes[0])).toContain(text);
    expect(connection.publishing.ids).toEqual(["2"]);
    connection.publishing.confirmAll();
    await other;
  });

  it("holds messages back while the server takes none, and takes no more of them than maxPending", async () => {
    const { connection, outcomes, send } = setUp({ maxPending: 2 });
    void send(["0"]);
    await turns();
    connection.publishing.confirmAll();
    await turns();
    connection.ready = false;
    void send(["1", "2"]);
    await turns();
    void send(["3"]);
    await turns();
    expect(outcomes).toEqual(["taken", expect.any(BrokerUnavailableError)]);
    expect(connection.publishing.ids).toEqual(["0"]);
    connection.ready = true;
    connection.emit("connection.unblocked");
    await turns();
    expect(connection.publishing.ids).toEqual(["0", "1", "2"]);
    connection.publishing.confirmAll();
    await turns();
    expect(outcomes.at(-1)).toBe("taken");
  });

  it("gives up after publishTimeoutMs what is not confirmed, and does not send it again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { connection, outcomes, send } = setUp({ publishTimeoutMs: 1_000 });
    void send(["1"]);
    await turns();
    await vi.advanceTimersByTimeAsync(999);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await turns();
    expect(outcomes).toEqual([expect.any(BrokerUnavailableError)]);
    connection.publishing.lose(driverError("AMQPConnectionError", "CONN_CLOSE"));
    void send(["2"]);
    await turns(20);
    expect(connection.publishing.ids).toEqual(["2"]);
    connection.publishing.confirmAll();
    await turns();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects with the reason when whoever publishes no longer waits", async () => {
    const { connection, outcomes, send } = setUp();
    const aborting = new AbortController();
    void send(["1"], aborting.signal);
    await turns();
    aborting.abort("enough");
    await turns();
    expect(outcomes).toEqual(["enough"]);
    expect(connection.publishing.ids).toEqual(["1"]);
  });

  it("rejects at once while the connection is refused, and no more once it stands", async () => {
    const { connection, outcomes, send } = setUp();
    connection.emit("error", driverError("AMQPConnectionError", "ACCESS_REFUSED"));
    await send(["1"]);
    expect(outcomes).toEqual([expect.any(BrokerUnavailableError)]);
    connection.emit("connection");
    void send(["2"]);
    await turns();
    connection.publishing.confirmAll();
    await turns();
    expect(outcomes.at(-1)).toBe("taken");
  });
});
