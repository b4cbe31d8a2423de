import { readFileSync } from "node:fs";
import { toBinary } from "@bufbuild/protobuf";
import { StringValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import protobufjs from "protobufjs";
import { describe, expect, it } from "vitest";
import { LineSchema, OrderPlacedSchema, Status } from "../../../test/codecs/shop-pb.fixture.js";
import { Command } from "../../messages/command.js";
import { EncodeRefusedError } from "../../messages/message-errors.js";
import { MessageRegistry } from "../../messages/message-registry.js";
import { protobufCodec } from "./protobuf-codec.js";
import type { ProtobufFields } from "./protobuf-fields.js";

type Order = ProtobufFields<typeof OrderPlacedSchema>;

const codec = protobufCodec(OrderPlacedSchema);

const order: Order = {
  orderId: "o-1",
  totalCents: 2n ** 62n,
  placedAt: new Date("2026-11-27T10:00:00.123Z"),
  signature: new Uint8Array([0, 255, 7]),
  status: Status.OPEN,
  lines: [{ article: "tea", count: 2 }],
  reminders: { soon: new Date(-1) },
  payment: { case: "card", value: { number: "4242", expires: new Date(0) } },
  remark: "",
  weight: 0.5,
  coupon: "ten",
  extra: { nested: { list: [1, "two", null] } },
};

const { signature, ...rest } = order;

/** Another implementation, which reads the same schema from its source. */
function independent(): protobufjs.Type {
  const root = new protobufjs.Root();
  for (const name of ["struct", "timestamp", "wrappers"])
    root.addJSON(protobufjs.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
  const source = readFileSync(new URL("../../../test/codecs/shop.proto", import.meta.url), "utf8");
  return protobufjs.parse(source, root).root.lookupType("shop.v1.OrderPlaced");
}

const moment = fc.date({ noInvalidDate: true });
const text = fc.string({ unit: "grapheme" });
const orders: fc.Arbitrary<Order> = fc.record(
  {
    orderId: text,
    totalCents: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    placedAt: moment,
    signature: fc.uint8Array(),
    status: fc.constantFrom(Status.UNSPECIFIED, Status.OPEN),
    lines: fc.array(fc.record({ article: text, count: fc.integer() })),
    reminders: fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      moment,
      { noNullPrototype: true },
    ),
    payment: fc.oneof(
      fc.constant({ case: undefined }),
      text.map((value) => ({ case: "voucher" as const, value })),
      fc.record({ number: text, expires: moment }).map((value) => ({ case: "card" as const, value })),
    ),
    remark: text,
    weight: fc.float({ noNaN: true }).filter((weight) => !Object.is(weight, -0)),
    coupon: text,
    extra: fc.constantFrom({}, { a: [true] }),
  },
  {
    requiredKeys: ["orderId", "totalCents", "signature", "status", "lines", "reminders", "payment", "weight"],
  },
);

describe("protobufCodec", () => {
  it("gives back all that protobuf has, as plain objects (M1)", () => {
    expect(codec.decode(codec.encode(order))).toStrictEqual(order);
    expect(codec.contentType).toBe("application/protobuf");
  });

  it("gives back whatever fits the schema (M1)", () => {
    fc.assert(
      fc.property(orders, (sent) => {
        const read = codec.decode(codec.encode(sent));
        expect(read).toEqual(sent);
        expect(JSON.stringify(Object.keys(read))).not.toContain("$");
      }),
    );
  });

  it("writes and reads the bytes of another implementation (M1)", () => {
    const other = independent();
    fc.assert(
      fc.property(orders, (sent) => {
        const bytes = codec.encode(sent);
        const message = other.decode(bytes);
        const seen = other.toObject(message, { longs: String, bytes: Array });
        expect(seen.orderId ?? "").toBe(sent.orderId);
        expect(String(seen.totalCents ?? 0)).toBe(String(sent.totalCents));
        expect(seen.signature ?? []).toEqual([...sent.signature]);
        expect(seen.remark).toBe(sent.remark);
        expect(codec.decode(other.encode(message).finish())).toEqual(sent);
      }),
    );
  });

  it("keeps no view of the bytes, which may be a Buffer", () => {
    const bytes = Buffer.from(codec.encode(order));
    const read = codec.decode(bytes);
    bytes.fill(9);
    expect(read).toStrictEqual(order);
  });

  it.each<[string, object, string]>([
    ["a fraction for a whole number", { ...order, lines: [{ article: "", count: 0.5 }] }, ""],
    ["a number that is too large", { ...order, totalCents: 2n ** 63n }, ""],
    ["a number that a float rounds", { ...order, weight: 0.1 }, "weight"],
    ["-0 without presence", { ...order, status: -0 }, "status"],
    ["half a character", { ...order, orderId: "\ud800" }, "orderId"],
    ["a moment that is none", { ...order, placedAt: new Date(Number.NaN) }, ""],
    ["a text for a list", { ...order, lines: "tea" }, ""],
    ["nothing where protobuf has no nothing", rest, "signature"],
    ["a field that the schema does not have", { ...order, tenant: "t" }, "tenant"],
    [
      "a case that the oneof does not have",
      { ...order, payment: { case: "cash", value: 1 } },
      "payment.case",
    ],
    [
      "a Buffer, which is read back without its methods",
      { ...order, signature: Buffer.from("a") },
      "signature",
    ],
  ])("refuses %s (M1)", (_, wrong, path) => {
    try {
      codec.encode(wrong as Order);
    } catch (error) {
      expect(error).toBeInstanceOf(EncodeRefusedError);
      expect(error).toMatchObject({ path });
      expect((error as Error).message).toMatch(
        /shop\.v1\..*\. Change the schema, or give protobufCodec a mapping\.$/,
      );
      return;
    }
    throw new Error("It was written.");
  });

  it("leaves out what is newer than the schema, and cuts off what is finer than a Date (M1)", () => {
    const later = new Uint8Array([...codec.encode(order), 0xa2, 0x06, 0x01, 0x41]);
    expect(codec.decode(later)).toStrictEqual(order);
    const nanos = toBinary(TimestampSchema, {
      $typeName: "google.protobuf.Timestamp",
      seconds: 1n,
      nanos: 1,
    });
    const at = codec.decode(new Uint8Array([0x1a, nanos.length, ...nanos])).placedAt;
    expect(at).toBeInstanceOf(Date);
  });

  it("never throws out of a registry, whatever the bytes, and keeps them (M2)", () => {
    class Place extends Command {}
    const registry = new MessageRegistry().register("place", Place, {
      codec: protobufCodec(OrderPlacedSchema),
    });
    const bytes = codec.encode(order);
    const cut = fc.nat(bytes.length).map((length) => bytes.slice(0, length));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), cut), (raw) => {
        const result = registry.decode("place", raw);
        if (!result.ok) expect(result.error.raw).toBe(raw);
      }),
      { numRuns: 1_000 },
    );
  });

  it("maps names and types that differ, and proves the way back (M1)", () => {
    const mapped = protobufCodec(LineSchema, {
      write: ({ sku, count }: { sku: string; count: bigint }) => ({ article: sku, count: Number(count) }),
      read: ({ article, count }) => ({ sku: article, count: BigInt(count) }),
    });
    expect(mapped.decode(mapped.encode({ sku: "tea", count: 3n }))).toStrictEqual({ sku: "tea", count: 3n });
    const forgetful = protobufCodec(StringValueSchema, {
      write: ({ name }: { name: string }) => ({ value: name }),
      read: ({ value }) => ({ name: value.trim() }),
    });
    expect(() => forgetful.encode({ name: " tea" })).toThrow(
      'google.protobuf.StringValue.name is " tea" (a string), and would be read back as "tea"',
    );
  });

  it("refuses what is no schema, or no mapping", () => {
    for (const wrong of [undefined, {}, OrderPlacedSchema.file])
      expect(() => protobufCodec(wrong as never)).toThrow(/protobufCodec\(schema\)/);
    expect(() => protobufCodec(OrderPlacedSchema, { write: String } as never)).toThrow(
      /protobufCodec\(mapping\)/,
    );
  });
});
