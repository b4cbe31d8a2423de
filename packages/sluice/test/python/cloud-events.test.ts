import { programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import type { Message } from "sluice";
import { cloudEvents, type WireBinding } from "sluice/brokers";
import { expect, it } from "vitest";
import { askPython, fromBase64, toBase64 } from "./ask-python.fixture.js";

const bindings: Record<string, WireBinding> = {
  kafka: { prefix: "ce_" },
  amqp: { prefix: "cloudEvents_", alsoReads: ["cloudEvents:"] },
  rabbitmq: { prefix: "ce-" },
  http: { prefix: "ce-", percentEncoded: true },
};
const cases = Object.entries(bindings).flatMap(([name, binding]) =>
  (["binary", "structured"] as const).map((mode) => ({ name, binding, mode })),
);

const message: Message = {
  id: "e-1",
  name: "com.example.order.placed",
  topic: "orders",
  key: "ö 1",
  timestamp: new Date("2026-11-30T17:00:00.123Z"),
  headers: { "ce-subject": "order/1 €" },
  payload: { total: 12.5 },
};

interface Sent {
  readonly key?: string | null;
  readonly headers: Record<string, string | number>;
  readonly body: string;
}

describeWith(programs.pythonWithCqrs, "the Python SDK of CloudEvents", () => {
  it.each(cases)(
    "reads what is written ($name, $mode mode)",
    {
      timeout: 30_000,
    },
    async ({ name, binding, mode }) => {
      const { key, headers, body } = cloudEvents({ source: "/orders-service", mode }).write(message, binding);
      const [read] = await askPython("cloud_events.py", [["read", name, key, headers, toBase64(body)]]);
      expect(read).toEqual({
        attributes: {
          specversion: "1.0",
          id: "e-1",
          source: "/orders-service",
          type: message.name,
          time: "2026-11-30T17:00:00.123000+00:00",
          subject: "order/1 €",
          partitionkey: "ö 1",
          datacontenttype: "application/json",
        },
        data: message.payload,
      });
    },
  );

  it.each(cases)(
    "writes what is read ($name, $mode mode)",
    {
      timeout: 30_000,
    },
    async ({ name, binding, mode }) => {
      const attributes = {
        ...{ id: "e-1", source: "https://shop.example/ü", type: "order.placed", subject: "order/1 €" },
        ...{ time: "2026-11-30T18:00:00.500250+01:00", partitionkey: "ö 1" },
        datacontenttype: "application/json",
      };
      const [sent] = await askPython<Sent>("cloud_events.py", [
        ["write", name, mode, attributes, { total: 12.5 }],
      ]);
      const headers = Object.fromEntries(
        Object.entries(sent?.headers ?? {}).map(([header, value]) => [
          header,
          // A broker's adapter makes text of the native timestamp of AMQP.
          typeof value === "number" ? new Date(value).toISOString() : value,
        ]),
      );
      const wire = { ...(sent?.key && { key: sent.key }), headers, body: fromBase64(sent?.body ?? "") };
      const { encoded, ...read } = cloudEvents().read(wire, "orders", binding);
      expect(read).toEqual({
        ...{ id: "e-1", name: "order.placed", topic: "orders", key: "ö 1" },
        timestamp: new Date("2026-11-30T17:00:00.500Z"),
        headers: { "ce-subject": "order/1 €" },
      });
      expect(JSON.parse(new TextDecoder().decode(encoded.bytes))).toEqual({ total: 12.5 });
    },
  );
});
