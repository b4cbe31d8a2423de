import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EncodeRefusedError, InvalidMessageError } from "./message-errors.js";
import { MessageRegistry } from "./message-registry.js";
import { failure, message, OrderShipped, thrown, utf8 } from "./registry.fixture.js";
import { schemaCommand } from "./schema-command.js";

describe("a message with a schema in the registry", () => {
  const twice = (
    name: string,
    messageClass: Parameters<MessageRegistry["register"]>[1],
    sent: Parameters<MessageRegistry["encode"]>[0],
  ) => {
    const registry = new MessageRegistry().register(name, messageClass);
    return message(registry.decode(name, registry.encode(sent).bytes));
  };

  it("is read back through its schema, a Date among its fields (M1)", () => {
    class Book extends schemaCommand(
      z.object({
        day: z.string().transform((text) => new Date(text)),
        seats: z.number().default(1),
        nights: z.array(z.coerce.date()),
        note: z.string().trim().optional(),
      }),
    )<string> {}
    const sent = new Book({ day: "2026-11-05", nights: [0], note: " hi " });
    expect(sent).toMatchObject({ day: new Date("2026-11-05"), seats: 1, nights: [new Date(0)], note: "hi" });
    expect(twice("book", Book, sent)).toStrictEqual(sent);
  });

  it("keeps what a default made at random (M1)", () => {
    class Open extends schemaCommand(z.object({ id: z.string().default(() => crypto.randomUUID()) })) {}
    const sent = new Open({});
    expect(twice("open", Open, sent)).toStrictEqual(sent);
  });

  it.each<[string, z.ZodType<object>, object, string]>([
    ["which does not accept what it gives", z.object({ at: z.date() }), { at: new Date(0) }, "at"],
    [
      "which turns text into something else",
      z.object({ n: z.string().transform((s) => s.length) }),
      { n: "four" },
      "n",
    ],
    [
      "which adds something every time",
      z.object({ n: z.array(z.string().transform((s) => `${s}!`)) }),
      { n: ["hi"] },
      "n[0]",
    ],
    [
      "which cannot tell a Date from its text",
      z.object({ n: z.union([z.string(), z.date()]) }),
      { n: new Date(0) },
      "n",
    ],
    [
      "which makes a new value every time",
      z.object({ n: z.any().transform(() => crypto.randomUUID()) }),
      { n: 1 },
      "n",
    ],
    ["which gives what JSON cannot hold", z.object({ n: z.coerce.bigint() }), { n: 1 }, "n"],
    [
      "which gives an invalid Date",
      z.object({ n: z.string().transform((s) => new Date(s)) }),
      { n: "?" },
      "n",
    ],
  ])("is refused under a schema %s: the error names the field (M1)", (_, schema, input, path) => {
    class Odd extends schemaCommand(schema) {}
    const error = thrown(() => new MessageRegistry().register("odd", Odd).encode(new Odd(input)));
    expect(error).toBeInstanceOf(EncodeRefusedError);
    expect(error).toMatchObject({ path });
    expect((error as Error).message).toContain(`Odd.${path} `);
  });

  it("shows what would be read back (M1)", () => {
    class Odd extends schemaCommand(z.object({ n: z.string().transform((text) => `${text}!`) })) {}
    const error = thrown(() => new MessageRegistry().register("odd", Odd).encode(new Odd({ n: "hi" })));
    expect((error as Error).message).toContain(
      'Odd.n is "hi!" (a string), and would be read back as "hi!!" (a string)',
    );
  });

  it("is refused when its class has a field that a second construction gives another value (M1)", () => {
    let count = 0;
    class Counted extends schemaCommand(z.object({ a: z.string() })) {
      readonly count = ++count;
    }
    const registry = new MessageRegistry().register("counted", Counted);
    expect(thrown(() => registry.encode(new Counted({ a: "a" })))).toMatchObject({ path: "count", given: 1 });
  });

  it("is refused when its class has a constructor of its own, which decoding cannot know (M1)", () => {
    class Named extends schemaCommand(z.object({ a: z.string() })) {
      constructor(a: string) {
        super({ a });
      }
    }
    const registry = new MessageRegistry().register("named", Named);
    expect(thrown(() => registry.encode(new Named("a")))).toMatchObject({ path: "a" });
  });

  it("is undecodable when its schema refuses, and says which field (M2)", () => {
    const registry = new MessageRegistry().register("order.shipped", OrderShipped);
    const envelope = { id: "e", topic: "t", timestamp: new Date(0) };
    const error = failure(registry.decode("order.shipped", utf8('{"at":0}'), envelope));
    expect(error.message).toContain("OrderShipped.payload.orderId: ");
    expect(error.cause).toBeInstanceOf(InvalidMessageError);
  });
});
