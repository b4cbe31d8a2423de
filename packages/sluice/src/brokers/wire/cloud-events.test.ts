import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { MalformedMessageError } from "../malformed-message-error.js";
import { MemoryMessageBroker } from "../memory/memory-message-broker.js";
import type { Message } from "../message.js";
import { MessageRefusedError } from "../publish-errors.js";
import type { WireMessage } from "../wire-format.js";
import { bindingCases, bindings, bytesOf } from "./bindings.fixture.js";
import { cloudEvents } from "./cloud-events.js";

const format = cloudEvents({ source: "/orders-service" });
const { kafka, amqp, nats } = bindings;

function message(more: Partial<Message> = {}): Message {
  return {
    id: "e-1",
    name: "order.placed",
    topic: "orders",
    key: "o-1",
    timestamp: new Date("2026-11-30T17:00:00.123Z"),
    headers: {},
    payload: { total: 12.5 },
    ...more,
  };
}

function wire(headers: Record<string, string> = {}, more: Partial<WireMessage> = {}): WireMessage {
  const required = { ce_specversion: "1.0", ce_id: "e-1", ce_source: "/s", ce_type: "order.placed" };
  return { headers: { ...required, ...headers }, body: bytesOf("{}"), ...more };
}

const without = (name: string) => {
  const { headers, ...rest } = wire();
  return { ...rest, headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)) };
};

const problemOf = (given: WireMessage, binding = kafka as Parameters<typeof format.read>[2]) => {
  try {
    format.read(given, "orders", binding);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    expect(error.raw).toBe(given);
    return error.message.replace(
      /^What came is no message of CloudEvents 1.0: |\. It is kept in raw\.$/g,
      "",
    );
  }
  return undefined;
};

describe("options of cloudEvents", () => {
  it.each(["", " ", "/a b", "/ü", "a%zz", 7, null])("refuses the source %j", (source) => {
    expect(() => cloudEvents({ source: source as string })).toThrow(InvalidOptionError);
  });

  it.each([
    "/orders",
    "urn:uuid:6e8bc430",
    "https://a.example/b?c=d#e",
    "mailto:a@b.example",
    "1-555-123-4567",
  ])("takes the source %s", (source) => {
    expect(cloudEvents({ source }).write(message(), kafka).headers.ce_source).toBe(source);
  });

  it.each(["batch", "toString", null])("refuses the mode %j", (mode) => {
    expect(() => cloudEvents({ mode: mode as "binary" })).toThrow(InvalidOptionError);
  });
});

describe("an event in binary mode, written", () => {
  it("has its attributes in headers named as its broker's binding says, and the payload as its body", () => {
    expect(format.write(message({ headers: { "ce-subject": "o-1" } }), kafka)).toEqual({
      key: "o-1",
      headers: {
        ce_specversion: "1.0",
        ce_id: "e-1",
        ce_source: "/orders-service",
        ce_type: "order.placed",
        ce_time: "2026-11-30T17:00:00.123Z",
        ce_partitionkey: "o-1",
        ce_subject: "o-1",
        "content-type": "application/json",
      },
      body: bytesOf('{"total":12.5}'),
    });
    expect(Object.keys(format.write(message(), amqp).headers)).toContain("cloudEvents_partitionkey");
  });

  it("is percent-encoded over NATS, where the media type is an attribute", () => {
    const { headers } = format.write(message({ name: "Bestellung „neu“", key: "100%" }), nats);
    expect(headers).toMatchObject({
      "ce-type": "Bestellung%20%E2%80%9Eneu%E2%80%9C",
      "ce-partitionkey": "100%25",
      "ce-datacontenttype": "application/json",
    });
    expect(headers).not.toHaveProperty("content-type");
  });

  it.each(bindingCases)("leaves other headers as they are ($broker)", ({ binding }) => {
    const headers = {
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      tracestate: "vendor=a b%20,c=ü",
      "correlation-id": "c-1",
      Tenant: " acme\u0000 ",
      ["__proto__"]: "own",
      constructor: "own",
    };
    const written = format.write(message({ headers }), binding);
    expect(written.headers).toMatchObject(headers);
    expect(format.read(written, "orders", binding).headers).toEqual(headers);
  });

  it("is of the message's own fields, whatever headers say of them", () => {
    const headers = {
      "ce-id": "other",
      "ce-source": "/other",
      ce_type: "other",
      "Content-Type": "text/plain",
    };
    const written = format.write(message({ headers }), kafka);
    expect(written.headers).toMatchObject({
      ce_id: "e-1",
      ce_source: "/orders-service",
      ce_type: "order.placed",
    });
    expect(format.read(written, "orders", kafka)).toMatchObject({
      headers: {},
      encoded: { contentType: "application/json" },
    });
  });

  it("is of the bytes that were encoded before, and has no media type without a payload", () => {
    const encoded = { contentType: "application/protobuf", bytes: new Uint8Array([1, 2]) };
    const written = format.write(message({ encoded }), kafka);
    expect(written.body).toBe(encoded.bytes);
    expect(written.headers["content-type"]).toBe("application/protobuf");

    const empty = format.write(message({ payload: undefined }), kafka);
    expect(empty.body).toHaveLength(0);
    expect(empty.headers).not.toHaveProperty("content-type");
  });

  it.each<[string, Partial<Message>, string]>([
    ["a control character in the id", { id: "a\nb" }, 'its id is "a\\nb" (a string)'],
    ["half a surrogate pair in the name", { name: "a\ud800" }, "its name is"],
    ["a noncharacter in the key", { key: "\uffff" }, "its key is"],
    ["a year beyond 9999", { timestamp: new Date(8e15) }, "its timestamp is"],
    ["a year before 0", { timestamp: new Date(-8e15) }, "its timestamp is"],
    ["an extension in upper case", { headers: { "ce-Tenant": "a" } }, 'its header is "ce-Tenant" (a string)'],
    ["an extension with a dash", { headers: { "ce-trace-id": "a" } }, "lower-case letters and digits"],
    ["an extension called data", { headers: { "ce-data": "a" } }, 'not "data"'],
    ["an extension without a name", { headers: { "ce-": "a" } }, "its header is"],
    ["an extension under the broker's own prefix", { headers: { ce_A: "a" } }, 'its header is "ce_A"'],
    ["an extension with a line break", { headers: { "ce-tenant": "a\r\nb" } }, "its header ce-tenant is"],
    ["an empty subject", { headers: { "ce-subject": "" } }, "its header ce-subject is"],
    [
      "what is no media type",
      { encoded: { contentType: "json", bytes: new Uint8Array() } },
      'its content type is "json" (a string)',
    ],
  ])("is refused for good with %s", (_, more, problem) => {
    expect(() => format.write(message(more), kafka)).toThrow(MessageRefusedError);
    expect(() => format.write(message(more), kafka)).toThrow(problem);
  });

  it("is refused by a broker's publish before anything arrives", async () => {
    const broker = new MemoryMessageBroker();
    const messages = [message(), message({ headers: { "ce-Tenant": "a" } })];
    await expect(broker.publish(messages)).rejects.toThrow(MessageRefusedError);
    expect(broker.published).toEqual([]);
    await broker.close();
  });
});

describe("an event in binary mode, read", () => {
  it("is a message, its extensions among its headers under one prefix", () => {
    const given = wire(
      {
        ce_time: "2026-11-30T18:00:00.5+01:00",
        ce_partitionkey: "o-1",
        ce_subject: "s",
        ce_dataschema: "https://a.example/schema",
        ce_tenant42: "",
        "content-type": "text/plain; charset=utf-8",
        other: "x",
      },
      { body: bytesOf("hello") },
    );
    expect(format.read(given, "orders", kafka)).toEqual({
      id: "e-1",
      name: "order.placed",
      topic: "orders",
      key: "o-1",
      timestamp: new Date("2026-11-30T17:00:00.500Z"),
      headers: {
        "ce-subject": "s",
        "ce-dataschema": "https://a.example/schema",
        "ce-tenant42": "",
        other: "x",
      },
      encoded: { contentType: "text/plain; charset=utf-8", bytes: bytesOf("hello") },
    });
  });

  it("has the key that its broker carried before its partitionkey", () => {
    expect(format.read(wire({ ce_partitionkey: "a" }, { key: "b" }), "orders", kafka).key).toBe("b");
  });

  it("has the moment when the broker took it, where it says none itself", () => {
    const timestamp = new Date("2026-11-30T17:00:00Z");
    expect(format.read(wire({}, { timestamp }), "orders", kafka).timestamp).toEqual(timestamp);
  });

  it("may have any of the prefixes that its binding reads", () => {
    const headers = Object.fromEntries(
      Object.entries(wire({ ce_tenant: "a" }).headers).map(([name, value]) => [
        name.replace("ce_", "cloudEvents:"),
        value,
      ]),
    );
    const read = format.read({ headers, body: bytesOf("{}") }, "orders", amqp);
    expect(read).toMatchObject({ id: "e-1", headers: { "ce-tenant": "a" } });
  });

  it("may have names in any case where its transport pays no heed to it, and a Content-Type everywhere", () => {
    const headers = {
      "CE-SpecVersion": "1.0",
      "Ce-Id": "e-1",
      "Ce-Source": "/s",
      "Ce-Type": "t",
      "Ce-Tenant": "Acme",
      "Content-Type": "text/plain",
      "X-Other": "y",
    };
    const given = { headers, body: bytesOf("x") };
    for (const prefix of ["ce-", "CE-"]) {
      expect(format.read(given, "orders", { ...nats, prefix })).toMatchObject({
        id: "e-1",
        headers: { "ce-tenant": "Acme", "X-Other": "y" },
        encoded: { contentType: "text/plain" },
      });
    }
    expect(problemOf(given)).toBe("ce_specversion is missing");
  });

  it.each(["specversion", "id", "source", "type"])("is malformed without %s", (name) => {
    expect(problemOf(without(`ce_${name}`))).toBe(`ce_${name} is missing`);
  });

  it.each(["id", "source", "type", "partitionkey", "subject", "dataschema"])(
    "is malformed with an empty %s",
    (name) => {
      expect(problemOf(wire({ [`ce_${name}`]: "" }))).toBe(`ce_${name} is empty`);
    },
  );

  it.each<[Record<string, string>, string]>([
    [{ ce_specversion: "0.3" }, 'ce_specversion is "0.3" (a string); expected "1.0"'],
    [{ ce_specversion: "" }, 'ce_specversion is "" (a string); expected "1.0"'],
    [{ ce_time: "yesterday" }, 'ce_time is "yesterday" (a string); expected a moment by RFC 3339'],
    [{ ce_time: "2026-02-30T00:00:00Z" }, "ce_time is "],
    [{ ce_time: "" }, 'ce_time is "" (a string)'],
    [{ "content-type": "json" }, 'its media type is "json" (a string)'],
    [{ "content-type": "" }, 'its media type is "" (a string)'],
    [{ "content-type": "a/b", "Content-Type": "c/d" }, 'Content-Type is "c/d" (a string), and also "a/b"'],
    [{ "content-type": "a/b", ce_datacontenttype: "c/d" }, "(a string), and also "],
    [{ ce_Tenant: "a" }, 'the header "ce_Tenant" (a string) names no attribute'],
    [{ ce_data: "a" }, 'not "data"'],
    [{ ce_: "a" }, 'the header "ce_" (a string) names no attribute'],
    [{ ce___proto__: "a" }, 'the header "ce___proto__" (a string) names no attribute'],
    [{ ce_constructor: "a", "ce-constructor": "b" }, '"b" (a string), and also "a" (a string)'],
    [
      { ce_tenant: "a\u0000" },
      'ce_tenant is "a\\u0000" (a string); expected text without control characters',
    ],
    [{ ce_id: "\udc00" }, "ce_id is "],
    [{ ce_id: 7 as unknown as string }, "ce_id is 7; expected text"],
    [{ ce_id: undefined as unknown as string }, "ce_id is undefined; expected text"],
  ])("is malformed with %j", (headers, problem) => {
    expect(problemOf(wire(headers))).toContain(problem);
  });

  it("is malformed where one attribute says two things under two prefixes, not where it says the same twice", () => {
    const { headers } = format.write(message(), amqp);
    const twice = (id: string) => ({ headers: { ...headers, "cloudEvents:id": id }, body: bytesOf("{}") });
    expect(problemOf(twice("e-2"), amqp)).toBe(
      'cloudEvents:id is "e-2" (a string), and also "e-1" (a string)',
    );
    expect(problemOf(twice("e-1"), amqp)).toBeUndefined();
  });

  it.each(["%", "%4", "%zz", "%C0%A0", "%E2%82", "%00", '"open'])(
    "is malformed over NATS with %s in an attribute",
    (text) => {
      const { headers } = format.write(message(), nats);
      const given = { headers: { ...headers, "ce-subject": text }, body: bytesOf("{}") };
      expect(problemOf(given, nats)).toBe(
        `ce-subject is ${JSON.stringify(text)} (a string); expected UTF-8 in percent-encoding`,
      );
    },
  );

  it("keeps a header __proto__ as a header, and the prototype of all others as it was", () => {
    const { headers } = format.read(wire(JSON.parse('{"__proto__":"x","toString":"y"}')), "orders", kafka);
    expect(Object.entries(headers)).toEqual([
      ["__proto__", "x"],
      ["toString", "y"],
    ]);
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });

  it("tells no more than the beginning of a huge attribute", () => {
    const problem = problemOf(wire({ ce_time: "9".repeat(10_000_000) }));
    expect(problem?.length).toBeLessThan(300);
  });

  it("gives the body as it is, JSON or not", () => {
    const body = new Uint8Array([0xff, 0x00]);
    expect(format.read(wire({}, { body }), "orders", kafka).encoded.bytes).toBe(body);
  });
});
