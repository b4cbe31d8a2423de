import { CloudEvent, HTTP, Kafka, type KafkaMessage, type Message as SdkMessage } from "cloudevents";
import { describe, expect, it } from "vitest";
import type { Message } from "../message.js";
import type { WireMessage } from "../wire-format.js";
import { bindings, bytesOf, textOf } from "./bindings.fixture.js";
import { cloudEvents } from "./cloud-events.js";

const message: Message = {
  id: "6e8bc430-9c3a-11d9-9669-0800200c9a66",
  name: "com.example.order.placed",
  topic: "orders",
  key: "o-1",
  timestamp: new Date("2026-11-30T17:00:00.123Z"),
  headers: { "ce-subject": "order/1", "ce-tenant": "acme" },
  payload: { total: 12.5, lines: [{ sku: "a" }] },
};

const event = new CloudEvent({
  id: "e-1",
  source: "https://shop.example/orders",
  type: "com.example.order.placed",
  time: "2026-11-30T18:00:00.500+01:00",
  subject: "order/1",
  datacontenttype: "application/json",
  partitionkey: "o-1",
  retries: 3,
  data: { total: 12.5 },
});

/** As a client of Kafka, or a server of HTTP, hands it over. */
function received(headers: object, body: unknown, key?: unknown): WireMessage {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return {
    ...(typeof key === "string" && { key }),
    headers: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    body: bytesOf(typeof body === "string" ? body : JSON.stringify(body)),
  };
}

describe.each(["binary", "structured"] as const)("the official SDK of CloudEvents, in %s mode", (mode) => {
  const format = cloudEvents({ source: "/orders-service", mode });

  const whatItSees = {
    id: message.id,
    source: "/orders-service",
    type: message.name,
    time: message.timestamp.toISOString(),
    subject: "order/1",
    tenant: "acme",
    partitionkey: "o-1",
    datacontenttype: "application/json",
    data: message.payload,
  };

  it("reads what is written for Kafka", () => {
    const { key, headers, body } = format.write(message, bindings.kafka);
    const given = { key, headers, value: textOf(body), body: textOf(body) } as KafkaMessage<string>;
    expect(Kafka.isEvent(given)).toBe(true);
    const read = Kafka.toEvent(given) as CloudEvent<unknown>;
    expect(read.validate()).toBe(true);
    const data = typeof read.data === "string" ? JSON.parse(read.data) : read.data;
    expect({ ...read.toJSON(), data }).toMatchObject(whatItSees);
  });

  it("reads what is written for HTTP", () => {
    const { headers, body } = format.write(message, bindings.http);
    const read = HTTP.toEvent({ headers, body: textOf(body) }) as CloudEvent<unknown>;
    expect(read.validate()).toBe(true);
    expect(read.toJSON()).toMatchObject(whatItSees);
  });

  const whatWeSee = {
    id: "e-1",
    name: "com.example.order.placed",
    topic: "orders",
    key: "o-1",
    timestamp: new Date("2026-11-30T17:00:00.500Z"),
    headers: { "ce-subject": "order/1", "ce-retries": "3" },
    encoded: { bytes: bytesOf('{"total":12.5}') },
  };

  it("writes for Kafka what is read", () => {
    const { headers, value, key } = Kafka[mode](event) as KafkaMessage<unknown>;
    const read = format.read(received(headers, value, key), "orders", bindings.kafka);
    expect(read).toMatchObject(whatWeSee);
    expect(read.encoded.contentType).toMatch(/^application\/json/);
  });

  it("writes for HTTP what is read", () => {
    const { headers, body } = HTTP[mode](event) as SdkMessage<unknown>;
    const read = format.read(received(headers, body), "orders", bindings.http);
    expect(read).toMatchObject(whatWeSee);
    expect(read.encoded.contentType).toMatch(/^application\/json/);
  });
});
