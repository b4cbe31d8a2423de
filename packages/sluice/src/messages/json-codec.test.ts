import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference } from "./difference.js";
import { jsonCodec } from "./json-codec.js";
import { EncodeRefusedError } from "./message-errors.js";

const text = (value: unknown) => new TextDecoder().decode(jsonCodec.encode(value));
const bytes = (json: string) => new TextEncoder().encode(json);
const back = (value: unknown) => jsonCodec.decode(jsonCodec.encode(value));

function refusal(value: unknown): EncodeRefusedError {
  try {
    jsonCodec.encode(value);
  } catch (error) {
    if (error instanceof EncodeRefusedError) return error;
    throw error;
  }
  throw new Error("It was encoded.");
}

function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value };
  return value;
}

class Money {
  constructor(readonly amount: number) {}
}

const shared = { a: 1 };
const cycle: Record<string, unknown> = { list: [] };
(cycle.list as unknown[]).push(cycle);

describe("jsonCodec.encode", () => {
  it.each<[string, unknown, string]>([
    ["a Date", new Date(0), "is an instance of Date"],
    ["an invalid Date", new Date(Number.NaN), "is an instance of Date"],
    ["a bigint", 12n, "is 12n"],
    ["NaN", Number.NaN, "is NaN"],
    ["Infinity", Number.POSITIVE_INFINITY, "is Infinity"],
    ["-Infinity", Number.NEGATIVE_INFINITY, "is -Infinity"],
    ["-0", -0, "is -0"],
    ["a Map", new Map([[1, 2]]), "is an instance of Map"],
    ["a Set", new Set([1]), "is an instance of Set"],
    ["a typed array", new Uint8Array([1]), "is an instance of Uint8Array"],
    ["an ArrayBuffer", new ArrayBuffer(1), "is an instance of ArrayBuffer"],
    ["a RegExp", /a/, "is an instance of RegExp"],
    ["an Error", new Error("no"), "is an instance of Error"],
    ["a class instance", new Money(3), "is an instance of Money"],
    ["an array of a class of its own", new (class List extends Array {})(), "is an array of 0"],
    ["a boxed string", Object("a"), "is an instance of String"],
    ["an object that inherits fields", Object.create({ inherited: 1 }), "is a plain object"],
    ["a function", () => {}, "is a function"],
    ["a class", Money, "is a function"],
    ["a symbol", Symbol("s"), "is Symbol(s)"],
    ["an object with a toJSON", { toJSON: () => 1 }, "has a toJSON of its own"],
    ["a hidden toJSON", Object.defineProperty({}, "toJSON", { value: () => 1 }), "has a toJSON of its own"],
    [
      "an array with fields of its own",
      Object.assign([1], { total: 1 }),
      "is an array with fields of its own",
    ],
    ["what is nested too deep", nested(1_001), "is nested deeper than 1000 levels"],
  ])("refuses %s and names the field (M1)", (_, value, problem) => {
    const error = refusal({ payload: { items: [1, 2, { price: value }] } });
    expect(error).toMatchObject({ code: "SLUICE_ENCODE_REFUSED", name: "EncodeRefusedError" });
    if (problem.includes("deeper")) expect(error.path).toMatch(/^payload\.items\[2\]\.price\.?/);
    else expect(error).toMatchObject({ path: "payload.items[2].price", given: value });
    expect(error.message).toContain(`${error.path} ${problem}`);
    expect(error.message).toContain("Use text, finite numbers, booleans, null, arrays and plain objects");
  });

  it.each<[string, unknown, string]>([
    ["undefined in an array", { list: [1, undefined] }, "list[1] is undefined"],
    ["a hole in an array", { list: Object.assign([1], { 2: 3 }) }, "list[1] is a hole"],
    ["a vast empty array", { list: new Array(2 ** 32 - 1) }, "list[0] is a hole"],
    [
      "an accessor",
      {
        get now() {
          return 1;
        },
      },
      "now is an accessor",
    ],
    ["a setter", { set now(_: number) {} }, "now is an accessor"],
    ["a symbol key", { [Symbol("s")]: 1 }, "[Symbol(s)] has a symbol for its key"],
    ["a cycle", { cycle }, "cycle.list[0] leads back to an object that it is part of"],
    ["undefined alone", undefined, "The value is undefined"],
    ["NaN alone", Number.NaN, "The value is NaN"],
  ])("refuses %s (M1)", (_, value, message) => {
    expect(refusal(value).message).toContain(message);
  });

  it("says what to do, in one sentence that names the field (M1)", () => {
    expect(refusal({ payload: { items: [{}, {}, { price: Number.NaN }] } }).message).toBe(
      "payload.items[2].price is NaN, which JSON would not read back. Use text, finite numbers, booleans, " +
        "null, arrays and plain objects, or give the message a schema or a codec that restores it.",
    );
  });

  it("never runs an accessor or a toJSON", () => {
    const run = () => {
      throw new Error("It ran.");
    };
    expect(refusal(Object.defineProperty({}, "a", { get: run, enumerable: true }))).toBeDefined();
    expect(refusal({ toJSON: run })).toBeDefined();
  });

  it("leaves out a property that is undefined: reading it gives undefined again (M1)", () => {
    expect(text({ a: undefined, b: { c: undefined }, d: null })).toBe('{"b":{},"d":null}');
  });

  it("takes one object in two places, and objects without a prototype (M1)", () => {
    expect(back([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
    expect(back(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
  });

  it("takes 1,000 levels and no more (M1)", () => {
    expect(back(nested(1_000))).toEqual(nested(1_000));
    expect(refusal(nested(1_001)).message).toContain("is nested deeper than 1000 levels");
  });

  it("reads half a character back (M1)", () => {
    expect(back("\ud83d")).toBe("\ud83d");
  });

  it("reads any JSON value back as it was (M1)", { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        fc.pre(!holdsMinusZero(value));
        expect(back(value)).toEqual(value);
      }),
    );
  });

  it("either refuses a value or reads it back equal, whatever it is (M1)", () => {
    let encoded = 0;
    let refused = 0;
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        try {
          expect(difference(value, back(value))).toBeUndefined();
          encoded++;
        } catch (error) {
          if (!(error instanceof EncodeRefusedError)) throw error;
          refused++;
        }
      }),
      { numRuns: 500 },
    );
    expect(encoded).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });
});

/** Whether a value holds -0, which JSON text can say and JSON.stringify cannot. */
function holdsMinusZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(holdsMinusZero);
  return Object.is(value, -0);
}

describe("jsonCodec.decode", () => {
  it("refuses what is not UTF-8, also in the middle of a text (M1)", () => {
    expect(() => jsonCodec.decode(new Uint8Array([0x22, 0xc3, 0x28, 0x22]))).toThrow();
    expect(() => jsonCodec.decode(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]))).toThrow();
  });

  it.each(["", "{", "undefined", "NaN", "{'a':1}", "[1,]", '{"a":1}}'])(
    "refuses %j, which is no JSON (M1)",
    (json) => {
      expect(() => jsonCodec.decode(bytes(json))).toThrow(SyntaxError);
    },
  );

  it("pollutes no prototype: __proto__ is an own key, read back as it was written (M1)", () => {
    const value = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    const read = back(value) as object;
    expect(Object.keys(read)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect({}).not.toHaveProperty("admin");
  });
});
