import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Codec } from "./codec.js";
import { Command } from "./command.js";
import { envelopeOf } from "./envelope.fixture.js";
import { jsonCodec } from "./json-codec.js";
import { UndecodableError } from "./message-errors.js";
import { MessageRegistry } from "./message-registry.js";
import { Query } from "./query.js";
import { failure, message, OrderPlaced, thrown, utf8 } from "./registry.fixture.js";
import { schemaCommand } from "./schema-command.js";

describe("a codec of its own", () => {
  class Pay extends Command {
    constructor(readonly amount: bigint) {
      super();
    }
  }

  const codec: Codec = {
    contentType: "text/plain",
    encode: (fields) => utf8(String((fields as Pay).amount)),
    decode: (bytes) => ({ amount: BigInt(new TextDecoder().decode(bytes)) }),
  };

  it("writes what JSON cannot, and reads it back (M1)", () => {
    const registry = new MessageRegistry().register("pay", Pay, { codec });
    const encoded = registry.encode(new Pay(12n));
    expect(encoded).toEqual({ name: "pay", contentType: "text/plain", bytes: utf8("12") });
    expect(message(registry.decode("pay", encoded.bytes))).toStrictEqual(new Pay(12n));
    expect(failure(registry.decode("pay", utf8("twelve")))).toBeInstanceOf(UndecodableError);
  });

  it("goes through the schema too, and may hand it what the schema takes (M1)", () => {
    class Meet extends schemaCommand(z.object({ at: z.date() })) {}
    const dates: Codec = {
      contentType: "text/plain",
      encode: (fields) => utf8((fields as Meet).at.toISOString()),
      decode: (bytes) => ({ at: new Date(new TextDecoder().decode(bytes)) }),
    };
    const registry = new MessageRegistry().register("meet", Meet, { codec: dates });
    const sent = new Meet({ at: new Date(5) });
    expect(message(registry.decode("meet", registry.encode(sent).bytes))).toStrictEqual(sent);
  });

  it("is given the payload of a notification event (M1, M3)", () => {
    const total: Codec<{ total: bigint }> = {
      contentType: "text/plain",
      encode: (payload) => utf8(String(payload.total)),
      decode: (bytes) => ({ total: BigInt(new TextDecoder().decode(bytes)) }),
    };
    const registry = new MessageRegistry().register("order.placed", OrderPlaced, { codec: total });
    const sent = new OrderPlaced({ total: 1n }, "o-1");
    const { name, bytes } = registry.encode(sent);
    expect(bytes).toEqual(utf8("1"));
    expect(message(registry.decode(name, bytes, envelopeOf(sent)))).toStrictEqual(sent);
  });

  it("that throws becomes an error of the library's own, which keeps the cause", () => {
    const cause = new Error("no proto");
    const broken: Codec = {
      contentType: "x",
      encode: () => {
        throw cause;
      },
      decode: () => {
        throw null;
      },
    };
    const registry = new MessageRegistry().register("pay", Pay, { codec: broken });
    const error = thrown(() => registry.encode(new Pay(1n)));
    expect(error).toMatchObject({ code: "SLUICE_ENCODE_REFUSED", cause, path: "" });
    expect((error as Error).message).toMatch(/^Pay cannot be written and read back: no proto\. /);
    expect(failure(registry.decode("pay", utf8(""))).message).toContain("kept in raw. null");
  });

  it("that refuses keeps its own words (M1)", () => {
    class Ask extends Query<string> {
      readonly at = new Date(0);
    }
    const registry = new MessageRegistry().register("ask", Ask, { codec: jsonCodec });
    expect(thrown(() => registry.encode(new Ask()))).toMatchObject({ path: "at" });
  });
});
