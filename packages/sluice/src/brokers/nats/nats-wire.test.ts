import { describe, expect, it } from "vitest";
import { cloudEvents } from "../wire/cloud-events.js";
import type { NatsHeaders } from "./nats-connection.js";
import { natsBinding, natsDelivery, natsHeaders, natsWireMessage } from "./nats-wire.js";

const body = new Uint8Array([1]);
const message = {
  ...{ id: "m-1", name: "order.placed", topic: "orders", key: "key 1" },
  ...{ timestamp: new Date(0), headers: {}, payload: {} },
};
const written = (headers: Record<string, string>, key?: string, id = "m-1") =>
  new TextDecoder().decode(natsHeaders({ headers, key, body }, id, id).encode());

const came = (headers: readonly (readonly [string, ...string[]])[]) =>
  natsWireMessage(
    { data: body, headers: headers.map(([name, ...values]) => [name, values]) as unknown as NatsHeaders },
    new Date(7),
  );

describe("natsHeaders", () => {
  it("writes headers in UTF-8, and the id by which the server knows a message again", () => {
    expect(written({ "ce-id": "m-1", tenant: "Grüße 🌍" })).toBe(
      "NATS/1.0\r\nNats-Msg-Id: m-1\r\nce-id: m-1\r\ntenant: Grüße 🌍\r\n\r\n",
    );
  });

  it("carries the key where the format does not, and not as an attribute: others would take it for binary mode", () => {
    expect(written({}, "key 1")).toContain("\r\nsluice-key: key%201\r\n");
    const { key, headers } = cloudEvents({ mode: "structured" }).write(message, natsBinding);
    expect(written({ ...headers }, key)).not.toContain("\nce-");
  });

  it("carries the key once", () => {
    expect(written({ "ce-partitionkey": "other" }, "other")).not.toContain("sluice-key");
  });

  it.each([
    ["a line break", { a: "1\r\nNats-Rollup: all" }],
    ["a lone line feed", { a: "1\n2" }],
    ["a NUL", { a: "\0" }],
    ["what NATS would cut off", { a: " 1" }],
    ["half a character", { a: "\ud800" }],
    ["a header of the server's", { "nats-rollup": "all" }],
    ["a name with a colon", { "a:b": "1" }],
    ["a name with a line break", { "a\r\nb": "1" }],
    ["no name", { "": "1" }],
  ])("refuses %s", (_, headers) => {
    expect(() => written(headers as Record<string, string>)).toThrow(
      expect.objectContaining({ code: "SLUICE_MESSAGE_REFUSED", messageId: "m-1" }),
    );
  });

  it("lets no id become a header of its own, nor look like another's", () => {
    expect(written({}, undefined, "a\r\nNats-Rollup: all")).toContain(
      "Nats-Msg-Id: a%0D%0ANats-Rollup%3A%20all\r\n",
    );
    expect(written({}, undefined, "a%0A")).toContain("Nats-Msg-Id: a%250A\r\n");
  });
});

describe("natsWireMessage", () => {
  it("leaves out the server's own headers, and gives the key", () => {
    expect(
      came([
        ["Nats-Msg-Id", "m-1"],
        ["ce-partitionkey", "key%201"],
        ["a", "1", "2"],
      ]),
    ).toEqual({
      key: "key 1",
      headers: { "ce-partitionkey": "key%201", a: "1, 2" },
      body,
      timestamp: new Date(7),
    });
  });

  it.each(["ce-partitionkey", "CE-PartitionKey", "sluice-key"])("has the key from %s", (name) => {
    expect(came([[name, "key%201"]]).key).toBe("key 1");
  });

  it("has the key of a format that wrote none, which is no header", () => {
    expect(came([["sluice-key", "k"]]).headers).toEqual({});
  });

  it("keeps a header that is called __proto__", () => {
    const { headers } = came([["__proto__", "z"]]);
    expect(Object.entries(headers)).toEqual([["__proto__", "z"]]);
    expect(written({ ...headers })).toContain("\r\n__proto__: z\r\n");
  });

  it("passes on a message whose headers the driver cannot read (M2)", () => {
    const unreadable = {
      data: body,
      get headers(): never {
        throw new Error("' ' is not a valid character in a header name");
      },
    };
    expect(natsWireMessage(unreadable, new Date(7))).toMatchObject({ headers: {}, body });
  });
});

describe("natsDelivery", () => {
  const delivery = { count: 2, streamSeq: 30, consumerSeq: 41, timestampMs: 1_700_000_000_000 };

  it.each([
    "$JS.ACK.orders.billing@orders.2.30.41.1700000000000000000.5",
    "$JS.ACK._.ACCOUNT.orders.billing@orders.2.30.41.1700000000000000000.5.RANDOM",
    "$JS.ACK.hub.ACCOUNT.orders.billing@orders.2.30.41.1700000000000000000.5",
  ])("reads %s", (reply) => {
    expect(natsDelivery(reply)).toEqual(delivery);
  });
});
