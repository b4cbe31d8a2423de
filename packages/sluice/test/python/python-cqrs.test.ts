import { randomUUID } from "node:crypto";
import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from "@bufbuild/protobuf";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import fc from "fast-check";
import type { Message } from "sluice";
import { pythonCqrs, type WireBinding } from "sluice/brokers";
import { expect, it } from "vitest";
import { askPython, fromBase64, toBase64 } from "./ask-python.fixture.js";

const format = pythonCqrs();
const binding: WireBinding = { prefix: "ce_" };
const order = { order_id: "o-1", total: 12.5 };

/** An event as Python has it. */
interface Fields {
  readonly event_id: string;
  readonly event_name: string;
  readonly event_timestamp: string;
  readonly topic: string;
  readonly payload: unknown;
}

interface Sent {
  readonly topic: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly fields: Fields;
}

function message(more: Partial<Message> = {}): Message {
  return {
    id: randomUUID(),
    name: "order.placed",
    topic: "orders",
    key: "o-1",
    timestamp: new Date("2026-11-30T17:00:00.123Z"),
    headers: { traceparent: "00-1" },
    payload: order,
    ...more,
  };
}

const fieldsOf = ({ id, name, timestamp, topic, payload }: Message): Fields => ({
  event_id: id,
  event_name: name,
  event_timestamp: timestamp.toISOString().replace("Z", "+00:00"),
  topic,
  payload,
});

const bodyOf = (each: Message) => toBase64(format.write(each, binding).body);

describeWith(programs.pythonWithCqrs, "python-cqrs", () => {
  it.each(["dataclass", "any payload", "pydantic", "pydantic, any payload"])(
    "reads the same event that was written (%s)",
    { timeout: 30_000 },
    async (model) => {
      const messages = [
        message(),
        message({ timestamp: new Date("0001-01-01T00:00:00Z") }),
        message({ timestamp: new Date("9999-12-31T23:59:59.999Z") }),
      ];
      const read = await askPython(
        "python_cqrs.py",
        messages.map((each) => ["read", model, bodyOf(each)]),
      );
      expect(read).toEqual(messages.map(fieldsOf));
    },
  );

  it("reads any name and any payload", { timeout: 30_000 }, async () => {
    const messages = fc.sample(
      fc.record({
        name: fc.string({ unit: "binary", minLength: 1 }),
        topic: fc.string({ unit: "binary", minLength: 1 }),
        payload: fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())), fc.constant(null)),
      }),
      { numRuns: 200, seed: 1 },
    );
    const all = messages.map((each) => message(each));
    const read = await askPython(
      "python_cqrs.py",
      all.map((each) => ["read", "pydantic, any payload", bodyOf(each)]),
    );
    expect(read).toEqual(all.map(fieldsOf));
  });

  it("reads the bytes of protobuf as they are", { timeout: 30_000 }, async () => {
    const id = randomUUID();
    const bytes = toBinary(StructSchema, fromJson(StructSchema, { event_id: id, order }));
    const written = format.write(
      message({ id, encoded: { contentType: "application/protobuf", bytes } }),
      binding,
    );
    expect(written.headers).toMatchObject({ event_name: "order.placed", message_id: id });
    const [read] = await askPython("python_cqrs.py", [["read", "protobuf", toBase64(written.body)]]);
    expect(read).toMatchObject({ event_id: id, payload: order });
  });

  const senders = ["kafka", "amqp"].flatMap((broker) => ["emitted", "outbox"].map((way) => [broker, way]));

  it("sends what is read as the same event, with every broker, way and kind of event", {
    timeout: 30_000,
  }, async () => {
    const questions = senders.flatMap(([broker, way]) =>
      ["dataclass", "any payload", "pydantic", "pydantic, any payload"].flatMap((model) =>
        ["2026-11-30T18:00:00.123456+01:00", "2026-11-30T17:00:00", "2026-11-30T17:00:00.123456+00:00"].map(
          (event_timestamp) => [
            ...["send", broker, way, model],
            {
              event_id: randomUUID(),
              event_name: "order.placed",
              event_timestamp,
              topic: "orders",
              payload: order,
            },
          ],
        ),
      ),
    );
    const all = await askPython<Sent>("python_cqrs.py", questions);
    for (const [at, sent] of all.entries()) {
      const read = format.read({ headers: sent.headers, body: fromBase64(sent.body) }, sent.topic, binding);
      const isDataclass = questions[at]?.[3] === "dataclass";
      expect(read).toMatchObject({
        id: sent.fields.event_id,
        name: "order.placed",
        topic: "orders",
        timestamp: new Date(sent.fields.event_timestamp),
        headers: {},
      });
      expect(JSON.parse(new TextDecoder().decode(read.encoded.bytes))).toEqual(
        isDataclass ? { orderId: "o-1", total: 12.5 } : order,
      );
    }
    expect(all).toHaveLength(48);
  });

  it("sends protobuf that is read as its bytes, with id and name", { timeout: 30_000 }, async () => {
    const fields = {
      event_id: randomUUID(),
      event_name: "order.placed",
      event_timestamp: "2026-11-30T17:00:00+00:00",
      topic: "orders",
      payload: order,
    };
    const all = await askPython<Sent>(
      "python_cqrs.py",
      senders.map(([broker, way]) => ["send", broker, way, "protobuf", fields]),
    );
    for (const { headers, body, topic } of all) {
      const timestamp = new Date("2026-11-30T17:00:01Z");
      const read = format.read({ headers, body: fromBase64(body), timestamp }, topic, binding);
      expect(read).toMatchObject({
        id: fields.event_id,
        name: "order.placed",
        timestamp,
        headers: {},
        encoded: { contentType: "application/x-protobuf" },
      });
      const struct = toJson(StructSchema, fromBinary(StructSchema, read.encoded.bytes)) as JsonObject;
      expect(struct).toEqual({ event_id: fields.event_id, order });
    }
    expect(all).toHaveLength(4);
  });
});
