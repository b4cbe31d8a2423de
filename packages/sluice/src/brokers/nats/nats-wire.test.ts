import { describe, expect, it } from "vitest";
import type { NatsHeaders } from "./nats-connection.js";
import { natsDelivery, natsHeaders, natsWireMessage } from "./nats-wire.js";

const body = new Uint8Array([1]);
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

  it("carries the key where the format does not", () => {
    expect(written({}, "key 1")).toContain("\r\nce-partitionkey: key%201\r\n");
    expect(written({ "ce-partitionkey": "other" }, "other").match(/ce-partitionkey/g)).toHaveLength(1);
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
