import { describe, expect, it } from "vitest";
import { cloudEvents } from "../wire/cloud-events.js";
import { pythonCqrs } from "../wire/python-cqrs.js";
import { envelopeOf, problemOf, rabbitMQBinding } from "./rabbitmq-wire.js";

const id = "6e8bc430-9c3a-11d9-9669-0800200c9a66";
const message = {
  ...{ id, name: "order.placed", topic: "orders", key: "o-1" },
  ...{ timestamp: new Date(0), headers: {}, payload: {} },
};
const formats = [cloudEvents(), cloudEvents({ mode: "structured" }), pythonCqrs()] as const;
const cases = ["binary", "structured", "python-cqrs"].map((name, at) => ({
  name,
  format: formats[at] ?? cloudEvents(),
}));

describe("an envelope", () => {
  it.each(cases)("has name and id of the message, also where no header has them ($name)", ({ format }) => {
    const envelope = envelopeOf(format.write(message, rabbitMQBinding), "orders", message);
    expect(envelope).toMatchObject({ routingKey: "order.placed", messageId: id });
  });

  it("of what is forwarded from elsewhere has those of its headers, if any", () => {
    const wire = cloudEvents().write(message, rabbitMQBinding);
    expect(envelopeOf(wire, "orders")).toMatchObject({ routingKey: "order.placed", messageId: id });
    const stray = envelopeOf({ headers: { a: "1" }, body: new Uint8Array() }, "orders");
    expect(stray).toMatchObject({ routingKey: "", messageId: undefined, headers: { a: "1" } });
  });

  it("has the key in a header of its own where the format wrote none, and no attribute in structured mode", () => {
    for (const { format, name } of cases) {
      const { headers = {} } = envelopeOf(format.write(message, rabbitMQBinding), "orders", message);
      const isBinary = name === "binary";
      expect(headers["sluice-key"]).toBe(isBinary ? undefined : "o-1");
      expect(Object.keys(headers).some((header) => header.startsWith("cloudEvents"))).toBe(isBinary);
    }
  });

  it("with a header that is called __proto__, which the driver would lose, is refused", () => {
    const wire = { headers: { ["__proto__"]: "z" }, body: new Uint8Array() };
    expect(problemOf(id, envelopeOf(wire, "orders", message))).toMatchObject({ messageId: id });
    expect(problemOf(id, envelopeOf({ ...wire, headers: {} }, "orders", message))).toBeUndefined();
  });
});
