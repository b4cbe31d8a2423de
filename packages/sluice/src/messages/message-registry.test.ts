import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Command } from "./command.js";
import { DomainEvent } from "./domain-event.js";
import { envelopeOf } from "./envelope.fixture.js";
import { EncodeRefusedError, NotRegisteredError, UndecodableError } from "./message-errors.js";
import { messageIdOf } from "./message-id.js";
import { type EncodedMessage, MessageRegistry } from "./message-registry.js";
import { NotificationEvent } from "./notification-event.js";
import {
  failure,
  message,
  OrderPlaced,
  OrderShipped,
  orderSchema,
  thrown,
  utf8,
} from "./registry.fixture.js";

class RenameUser extends Command {
  constructor(
    readonly userId: string,
    readonly name: unknown,
  ) {
    if (userId === undefined) throw new Error("The constructor was called.");
    super();
  }

  get label(): string {
    return `${this.userId}: ${this.name}`;
  }
}

const json = ({ bytes }: EncodedMessage) => JSON.parse(new TextDecoder().decode(bytes));

describe("MessageRegistry.register", () => {
  it("refuses a second class under one name, and a second name for one class (M2)", () => {
    class Other extends Command {}
    const registry = new MessageRegistry().register("rename-user", RenameUser);
    const name = thrown(() => registry.register("rename-user", Other));
    expect(name).toMatchObject({ code: "SLUICE_DUPLICATE_MESSAGE_NAME", messageName: "rename-user" });
    expect(name).toHaveProperty(
      "message",
      expect.stringContaining('RenameUser is registered as "rename-user"'),
    );
    expect(thrown(() => registry.register("rename", RenameUser))).toHaveProperty(
      "message",
      expect.stringContaining(
        'RenameUser cannot be registered as "rename": RenameUser is registered as "rename-user"',
      ),
    );
    expect(registry.encode(new RenameUser("u", "n")).name).toBe("rename-user");
    expect(registry.decode("rename", utf8("{}")).ok).toBe(false);
  });

  it.each<[string, unknown, unknown, unknown]>([
    ["an empty name", "", RenameUser, {}],
    ["a name that is no text", 3, RenameUser, {}],
    ["no class", "x", undefined, {}],
    ["a class that is no message", "x", Date, {}],
    ["an instance", "x", new RenameUser("u", "n"), {}],
    ["a schema", "x", orderSchema, {}],
    ["a codec that is none", "x", RenameUser, { codec: JSON }],
    ["null for a codec", "x", RenameUser, { codec: null }],
    ["a compression that is none", "x", RenameUser, { compression: "gzip" }],
  ])("refuses %s", (_, name, messageClass, options) => {
    const error = thrown(() =>
      new MessageRegistry().register(name as never, messageClass as never, options as never),
    );
    expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION" });
  });
});

describe("MessageRegistry.encode", () => {
  it("writes a message's fields under the name of its class (M2)", () => {
    const registry = new MessageRegistry().register("rename-user", RenameUser);
    const encoded = registry.encode(new RenameUser("u-1", "Ada"));
    expect(encoded).toMatchObject({ name: "rename-user", contentType: "application/json" });
    expect(json(encoded)).toEqual({ userId: "u-1", name: "Ada" });
  });

  it("refuses a class that is not registered, and names it and the fix (M2)", () => {
    const error = thrown(() => new MessageRegistry().encode(new RenameUser("u", "n")));
    expect(error).toBeInstanceOf(NotRegisteredError);
    expect(error).toMatchObject({ code: "SLUICE_NOT_REGISTERED", messageName: "RenameUser" });
    expect((error as Error).message).toContain('registry.register("name on the wire", RenameUser)');
  });

  it("does not take a class for its base class, which would change it (M2)", () => {
    class RenameAdmin extends RenameUser {}
    const registry = new MessageRegistry().register("rename-user", RenameUser);
    expect(thrown(() => registry.encode(new RenameAdmin("u", "n")))).toBeInstanceOf(NotRegisteredError);
  });

  it.each([undefined, null, 3, "text", {}, Object.create(null)])(
    "refuses %o, which is no message",
    (value) => {
      const error = thrown(() => new MessageRegistry().encode(value as never));
      expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", option: "encode(message)" });
    },
  );

  it("names the class and the field that JSON would change (M1)", () => {
    const registry = new MessageRegistry().register("order.placed", OrderPlaced);
    const error = thrown(() =>
      registry.encode(new OrderPlaced({ items: [{ price: 1 }, { price: Number.NaN }] })),
    );
    expect(error).toMatchObject({ path: "payload.items[1].price", given: Number.NaN });
    expect((error as Error).message).toMatch(/^OrderPlaced\.payload\.items\[1\]\.price is NaN, which/);
  });

  it("refuses a Date in a message without a schema, and names the field (M1)", () => {
    const registry = new MessageRegistry().register("order.placed", OrderPlaced);
    const error = thrown(() => registry.encode(new OrderPlaced({ at: new Date(0) })));
    expect(error).toMatchObject({ code: "SLUICE_ENCODE_REFUSED", path: "payload.at" });
  });

  it("refuses a field whose key is a symbol (M1)", () => {
    const secret = Symbol("s");
    class Odd extends Command {
      readonly [secret] = 1;
    }
    const error = thrown(() => new MessageRegistry().register("odd", Odd).encode(new Odd()));
    expect(error).toMatchObject({ code: "SLUICE_ENCODE_REFUSED", path: "[Symbol(s)]" });
  });

  it("refuses fields that no message has, as decode would (M1)", () => {
    const odd = new RenameUser("u", "n");
    Object.defineProperty(odd, "constructor", { value: "Ferrari", enumerable: true });
    const error = thrown(() => new MessageRegistry().register("rename-user", RenameUser).encode(odd));
    expect(error).toMatchObject({ code: "SLUICE_ENCODE_REFUSED", path: "constructor" });
  });
});

describe("MessageRegistry.encode of a notification event", () => {
  const registry = new MessageRegistry().register("order.placed", OrderPlaced);

  it("writes the payload alone; a plain event of that name is one of them (M1)", () => {
    expect(json(registry.encode(new OrderPlaced({ total: 3 })))).toEqual({ total: 3 });
    expect(registry.encode(new OrderPlaced(undefined)).bytes).toHaveLength(0);
    const plain = new NotificationEvent({ eventName: "order.placed", topic: "t", payload: { total: 4 } });
    const encoded = registry.encode(plain);
    expect(json(encoded)).toEqual({ total: 4 });
    const read = message(registry.decode(encoded.name, encoded.bytes, envelopeOf(plain)));
    expect(read).toBeInstanceOf(OrderPlaced);
    expect(read).toEqual(plain);
  });

  it("writes a plain event by the schema of the class under its name (M1)", () => {
    const registry = new MessageRegistry().register("order.shipped", OrderShipped);
    const event = { eventName: "order.shipped", topic: "orders", key: "o-1" };
    const plain = new NotificationEvent({ ...event, payload: { orderId: "o-1", at: new Date(5) } });
    const { name, bytes } = registry.encode(plain);
    expect(message(registry.decode(name, bytes, envelopeOf(plain)))).toEqual(plain);
    const wrong = new NotificationEvent({
      ...event,
      payload: { orderId: "o-1", at: new Date(5), note: "x" },
    });
    expect(thrown(() => registry.encode(wrong))).toBeInstanceOf(EncodeRefusedError);
  });

  it("refuses what stands beside the payload, which would be lost (M1)", () => {
    const event = Object.assign(new OrderPlaced({}), { tenant: "t-1" });
    const error = thrown(() => registry.encode(event));
    expect(error).toMatchObject({ code: "SLUICE_ENCODE_REFUSED", path: "tenant", given: "t-1" });
  });

  it("refuses an event whose class is registered by another name than its own (M2)", () => {
    const error = thrown(() =>
      new MessageRegistry().register("placed", OrderPlaced).encode(new OrderPlaced({})),
    );
    expect(error).toMatchObject({ code: "SLUICE_NOT_REGISTERED", messageName: "OrderPlaced" });
  });
});

describe("MessageRegistry.register with a compression", () => {
  const reversed = {
    contentEncoding: "reversed",
    compress: (bytes: Uint8Array) => (bytes.length > 30 ? bytes.toReversed() : undefined),
    decompress: (bytes: Uint8Array) => bytes.toReversed(),
  };
  const registry = new MessageRegistry().register("rename-user", RenameUser, { compression: reversed });

  it("says of what it compressed how, and reads both kinds (M1)", () => {
    const small = new RenameUser("", "");
    const large = new RenameUser("u-1", "a long name");
    expect(registry.encode(small).contentEncoding).toBeUndefined();
    expect(message(registry.decode("rename-user", registry.encode(small).bytes))).toEqual(small);
    const { contentEncoding, bytes } = registry.encode(large);
    expect(contentEncoding).toBe("reversed");
    const headers = { "content-encoding": "reversed" };
    expect(message(registry.decode("rename-user", bytes, { headers }))).toEqual(large);
  });

  it("takes bytes that are compressed in another way for undecodable, and keeps them (M2)", () => {
    const bytes = utf8("{}");
    for (const other of [registry, new MessageRegistry().register("rename-user", RenameUser)]) {
      const error = failure(other.decode("rename-user", bytes, { headers: { "content-encoding": "br" } }));
      expect(error).toMatchObject({ raw: bytes, cause: { code: "SLUICE_DECOMPRESSION" } });
    }
  });
});

describe("MessageRegistry.decode", () => {
  it("restores an instance of the class, without calling its constructor (M2)", () => {
    const registry = new MessageRegistry().register("rename-user", RenameUser);
    const sent = new RenameUser("u-1", "Ada");
    const read = message(registry.decode("rename-user", registry.encode(sent).bytes));
    expect(read).toBeInstanceOf(RenameUser);
    expect(read).toStrictEqual(sent);
    expect((read as RenameUser).label).toBe("u-1: Ada");
  });

  it("finds a class that was renamed under the name it was registered by (M2)", () => {
    const before = new MessageRegistry().register("rename-user", class ChangeName extends RenameUser {});
    const ChangeName = class ChangeUserName extends RenameUser {};
    const { bytes } = new MessageRegistry()
      .register("rename-user", RenameUser)
      .encode(new RenameUser("u", "n"));
    expect(before.decode("rename-user", bytes).ok).toBe(true);
    const after = new MessageRegistry().register("rename-user", ChangeName);
    expect(message(after.decode("rename-user", bytes))).toBeInstanceOf(ChangeName);
  });

  it("lets a message keep the id that it came with (M3)", () => {
    const registry = new MessageRegistry().register("rename-user", RenameUser);
    const bytes = utf8('{"userId":"u","name":"n"}');
    expect(messageIdOf(message(registry.decode("rename-user", bytes, { id: "m-1" })))).toBe("m-1");
    const [one, two] = [1, 2].map(() => messageIdOf(message(registry.decode("rename-user", bytes))));
    expect(one).not.toBe(two);
  });

  it("gives an unknown name back as an error value that keeps the bytes (M2)", () => {
    const bytes = utf8("{}");
    const error = failure(new MessageRegistry().decode("nobody.knows", bytes));
    expect(error).toBeInstanceOf(NotRegisteredError);
    expect(error).toMatchObject({ code: "SLUICE_NOT_REGISTERED", messageName: "nobody.knows" });
    expect(error.raw).toBe(bytes);
    expect(error.message).toContain('No message is registered as "nobody.knows"');
  });

  it.each([undefined, null, 12n, Symbol("s"), {}, "__proto__", "constructor"])(
    "takes %o for an unknown name (M2)",
    (name) => {
      expect(failure(new MessageRegistry().decode(name as never, utf8("{}")))).toBeInstanceOf(
        NotRegisteredError,
      );
    },
  );

  it.each<[string, Uint8Array]>([
    ["no JSON", utf8("{")],
    ["no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
    ["nothing", new Uint8Array()],
    ["an array", utf8("[]")],
    ["null", utf8("null")],
    ["a text", utf8('"rename-user"')],
    ["no bytes", "{}" as never],
    ["undefined", undefined as never],
  ])("gives %s back as an error value that keeps the bytes (M2)", (_, bytes) => {
    const error = failure(
      new MessageRegistry().register("rename-user", RenameUser).decode("rename-user", bytes),
    );
    expect(error).toBeInstanceOf(UndecodableError);
    expect(error).toMatchObject({ code: "SLUICE_UNDECODABLE", messageName: "rename-user" });
    expect(error.raw).toBe(bytes);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it.each(["__proto__", "constructor"])("refuses a field named %s: no prototype is touched (M2)", (key) => {
    const registry = new MessageRegistry().register("rename-user", RenameUser);
    const bytes = utf8(`{"userId":"u","name":"n","${key}":{"admin":true,"prototype":{"admin":true}}}`);
    const error = failure(registry.decode("rename-user", bytes));
    expect(error.message).toContain(`RenameUser.${key}: a message has no field of this name`);
    expect({}).not.toHaveProperty("admin");
    expect(RenameUser.prototype).not.toHaveProperty("admin");
  });

  it("sets fields beside accessors of the class, not through them (M2)", () => {
    const registry = new MessageRegistry().register("rename-user", RenameUser);
    const read = message(registry.decode("rename-user", utf8('{"userId":"u","label":"own"}')));
    expect(read).toHaveProperty("label", "own");
  });

  it("never throws, whatever the bytes and the name (M2)", () => {
    const registry = new MessageRegistry()
      .register("rename-user", RenameUser)
      .register("order.placed", OrderPlaced)
      .register("order.shipped", OrderShipped);
    const names = fc.constantFrom("rename-user", "order.placed", "order.shipped", "__proto__", "");
    const bytes = fc.oneof(fc.uint8Array(), fc.json().map(utf8));
    const envelope = fc.record(
      {
        id: fc.oneof(fc.anything(), fc.constant("e")),
        topic: fc.oneof(fc.anything(), fc.constant("t")),
        key: fc.anything(),
        timestamp: fc.oneof(fc.anything(), fc.date()),
        headers: fc.oneof(fc.constant({ "content-encoding": "gzip" }), fc.constant({})),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(names, bytes, envelope, (name, raw, beside) => {
        const result = registry.decode(name, raw, beside as never);
        if (!result.ok) expect(result.error.raw).toBe(raw);
      }),
      { numRuns: 500 },
    );
  });

  it("reads back every message that it writes (M1)", () => {
    const registry = new MessageRegistry()
      .register("rename-user", RenameUser)
      .register("order.placed", OrderPlaced);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const sent of [new RenameUser("u", value), new OrderPlaced(value)]) {
          let encoded: EncodedMessage;
          try {
            encoded = registry.encode(sent);
          } catch (error) {
            expect(error).toBeInstanceOf(EncodeRefusedError);
            continue;
          }
          const envelope = sent instanceof OrderPlaced ? envelopeOf(sent) : {};
          expect(message(registry.decode(encoded.name, encoded.bytes, envelope))).toEqual(sent);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it("takes domain events too: an inbox may hold them (M2)", () => {
  class Saved extends DomainEvent {
    constructor(readonly id: number) {
      super();
    }
  }
  const registry = new MessageRegistry().register("saved", Saved);
  expect(message(registry.decode("saved", registry.encode(new Saved(3)).bytes))).toStrictEqual(new Saved(3));
});
