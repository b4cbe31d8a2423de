import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Command } from "./command.js";
import { DomainEvent } from "./domain-event.js";
import { EncodeRefusedError, NotRegisteredError, UndecodableError } from "./message-errors.js";
import { type DecodeResult, type EncodedMessage, MessageRegistry } from "./message-registry.js";
import { NotificationEvent } from "./notification-event.js";
import { schemaNotificationEvent } from "./schema-notification-event.js";

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

class OrderPlaced extends NotificationEvent<unknown> {
  constructor(payload: unknown, key?: string) {
    super({ eventName: "order.placed", topic: "orders", key, payload });
  }
}

const orderSchema = z.object({ orderId: z.string(), at: z.coerce.date() });

class OrderShipped extends schemaNotificationEvent({
  eventName: "order.shipped",
  topic: "orders",
  payload: orderSchema,
  key: (payload) => payload.orderId,
}) {}

const utf8 = (text: string) => new TextEncoder().encode(text);
const json = ({ bytes }: EncodedMessage) => JSON.parse(new TextDecoder().decode(bytes));

function message(result: DecodeResult) {
  if (result.ok) return result.message;
  throw result.error;
}

function failure(result: DecodeResult) {
  if (!result.ok) return result.error;
  throw new Error("It was decoded.");
}

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

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
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.json().map(utf8),
      fc
        .record({
          eventId: fc.anything(),
          eventName: fc.constant("n"),
          topic: fc.constant("t"),
          eventTimestamp: fc.oneof(fc.anything(), fc.constant("2020-01-01T00:00:00.000Z")),
        })
        .map((fields) =>
          utf8(JSON.stringify(fields, (_, value) => (typeof value === "bigint" ? 1 : value)) ?? ""),
        ),
    );
    fc.assert(
      fc.property(names, bytes, (name, raw) => {
        const result = registry.decode(name, raw);
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
          expect(message(registry.decode(encoded.name, encoded.bytes))).toEqual(sent);
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
