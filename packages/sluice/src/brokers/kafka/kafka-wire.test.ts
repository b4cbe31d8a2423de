import { expect, it } from "vitest";
import { MalformedMessageError } from "../malformed-message-error.js";
import { cloudEvents } from "../wire/cloud-events.js";
import { KafkaReceivedMessage, kafkaBinding, toRecord } from "./kafka-wire.js";

const given = {
  id: "e-1",
  name: "order.placed",
  topic: "orders",
  key: "kunde ü",
  timestamp: new Date(1_700_000_000_000),
  headers: { "correlation-id": "c-1", note: "Grüße" },
  payload: { n: 1 },
};

function received(record: Parameters<typeof recordOf>[0]): KafkaReceivedMessage {
  return new KafkaReceivedMessage(recordOf(record), 5_000n, 7, "orders", "orders:0", 3, cloudEvents());
}

const recordOf = (record: {
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: (readonly [Uint8Array | null, Uint8Array | null])[];
}) => ({ offsetDelta: 0, timestampDelta: 10n, ...record });

it("writes attributes as headers with ce_, everything in UTF-8, and the key as the record's (CloudEvents' binding 1.0.2)", () => {
  const { key, value, headers } = toRecord(cloudEvents().write(given, kafkaBinding));
  expect(String(key)).toBe("kunde ü");
  expect(String(value)).toBe('{"n":1}');
  expect(Object.fromEntries(Array.from(headers, ([name, text]) => [String(name), String(text)]))).toEqual({
    ce_specversion: "1.0",
    ce_id: "e-1",
    ce_source: "/sluice",
    ce_type: "order.placed",
    ce_time: "2023-11-14T22:13:20.000Z",
    ce_partitionkey: "kunde ü",
    "content-type": "application/json",
    "correlation-id": "c-1",
    note: "Grüße",
  });
});

it("reads back what it wrote", () => {
  const { key = null, value, headers } = toRecord(cloudEvents().write(given, kafkaBinding));
  const message = received({ key, value, headers: [...headers] });
  const { id, name, topic, timestamp, payload, attempt, raw } = message;
  expect({ id, name, topic, key: message.key, timestamp, headers: message.headers, payload }).toEqual(given);
  expect([attempt, raw.timestamp]).toEqual([3, new Date(5_010)]);
});

it("reads the names of each record, whatever those of the one before it were", () => {
  const namesOf = (...names: string[]) => {
    const bytes = names.map((name) => Buffer.from(name));
    const headers = bytes.map((name) => [name, Buffer.from("v")] as const);
    const read = Object.keys(received({ key: null, value: null, headers }).raw.headers);
    // As whatever is fetched next into the same memory does.
    for (const name of bytes) name.fill(0);
    return read;
  };
  for (const names of [["a1", "b"], ["a2", "b"], ["a2"], ["b", "a2"], ["a1", "b"]])
    expect(namesOf(...names)).toEqual(names);
  const many = Array.from({ length: 100 }, (_, n) => `name ${n}`);
  expect(namesOf(...many)).toEqual(many);
});

it("keeps a header that is called __proto__", () => {
  const headers = { ["__proto__"]: "z" };
  const { key = null, value, headers: written } = toRecord({ ...given, headers, body: new Uint8Array() });
  expect(Object.entries(received({ key, value, headers: [...written] }).raw.headers)).toEqual([
    ["__proto__", "z"],
  ]);
});

it("keeps what is no CloudEvent, without key, value or headers, as it came", () => {
  const message = received({ key: null, value: null, headers: [[null, null]] });
  expect(() => message.id).toThrow(MalformedMessageError);
  expect([message.key, message.raw.headers, message.raw.body.length]).toEqual([undefined, { "": "" }, 0]);
});
