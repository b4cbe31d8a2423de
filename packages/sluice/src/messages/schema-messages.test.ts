import { setImmediate as turn } from "node:timers/promises";
import { type } from "arktype";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { Command } from "./command.js";
import { DomainEvent } from "./domain-event.js";
import { eventKind } from "./event.js";
import { InvalidMessageError } from "./message-errors.js";
import { MessageRegistry } from "./message-registry.js";
import { NotificationEvent } from "./notification-event.js";
import { Query } from "./query.js";
import { isRequest, Request } from "./request.js";
import type { FieldsSchema } from "./schema-class.js";
import { schemaCommand } from "./schema-command.js";
import { schemaDomainEvent } from "./schema-domain-event.js";
import { schemaNotificationEvent } from "./schema-notification-event.js";
import { schemaQuery } from "./schema-query.js";
import { schemaRequest } from "./schema-request.js";
import type { StandardSchema } from "./standard-schema.js";

function refusal(call: () => unknown): InvalidMessageError {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidMessageError) return error;
    throw error;
  }
  throw new Error("Nothing was refused.");
}

/** The same message class over each of the three libraries: a name, an age of 18 by default, and items. */
const libraries: [
  string,
  StandardSchema<{ name: string }, { name: string; age: number; items?: unknown }>,
][] = [
  [
    "zod",
    z.object({
      name: z.string(),
      age: z.number().default(18),
      items: z.array(z.object({ price: z.number() })).optional(),
    }),
  ],
  [
    "valibot",
    v.object({
      name: v.string(),
      age: v.optional(v.number(), 18),
      items: v.optional(v.array(v.object({ price: v.number() }))),
    }),
  ],
  ["arktype", type({ name: "string", age: "number = 18", "items?": type({ price: "number" }).array() })],
];

describe.each(libraries)("a command over a schema of %s", (_, schema) => {
  class CreateUser extends schemaCommand(schema)<{ id: string }> {
    greeting(): string {
      return `Hello ${this.name}`;
    }
  }

  it("has the fields that the schema gives, defaults applied", () => {
    const command = new CreateUser({ name: "Ada" });
    expect({ ...command }).toEqual({ name: "Ada", age: 18 });
    expect(command.greeting()).toBe("Hello Ada");
    expect(command).toBeInstanceOf(CreateUser);
    expect(command).toBeInstanceOf(Command);
    expect(isRequest(command)).toBe(true);
    expect(CreateUser.schema).toBe(schema);
  });

  it("refuses what the schema refuses, naming the class and every field", () => {
    const input = { name: 3, items: [{ price: 1 }, { price: "free" }] };
    const error = refusal(() => new CreateUser(input as never));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_MESSAGE", messageClass: "CreateUser" });
    expect(error.issues.map(({ path }) => path)).toEqual(["name", "items[1].price"]);
    expect(error.message).toMatch(/^CreateUser\.name: .*string.*\nCreateUser\.items\[1\]\.price: .*number/);
  });

  it.each([undefined, null, 3, "Ada", []])("refuses %j instead of fields", (input) => {
    expect(refusal(() => new CreateUser(input as never)).message).toMatch(/^CreateUser/);
  });

  it("is read back as it was written (M1)", () => {
    const registry = new MessageRegistry().register("create-user", CreateUser);
    const command = new CreateUser({ name: "Ada" });
    const { name, bytes } = registry.encode(command);
    expect(registry.decode(name, bytes)).toStrictEqual({ ok: true, message: command });
  });

  it("pollutes no prototype, whatever keys the input brings along", () => {
    const odd = '"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}';
    const input = JSON.parse(`{"name":"Ada",${odd},"items":[{"price":1,${odd}}]}`);
    try {
      const command = new CreateUser(input);
      expect(Object.getPrototypeOf(command)).toBe(CreateUser.prototype);
      expect(command.constructor).toBe(CreateUser);
      expect(command).not.toHaveProperty("admin");
    } catch (error) {
      expect(error).toMatchObject({ code: "SLUICE_INVALID_MESSAGE", issues: [{ path: "__proto__" }] });
    }
    expect({}).not.toHaveProperty("admin");
    expect(CreateUser.prototype).not.toHaveProperty("admin");
  });
});

describe("every kind of message over a schema", () => {
  const schema = z.object({ id: z.string() });
  class Ask extends schemaRequest(schema)<number> {}
  class Do extends schemaCommand(schema) {}
  class Get extends schemaQuery(schema)<number> {}
  class Done extends schemaDomainEvent(schema) {}
  class Told extends schemaNotificationEvent({ eventName: "told", topic: "news", payload: schema }) {}

  it.each([
    [Ask, Request],
    [Do, Command],
    [Get, Query],
    [Done, DomainEvent],
  ])("%o is a %o with the schema's fields", (Message, Kind) => {
    const message = new Message({ id: "1" });
    expect(message).toBeInstanceOf(Kind);
    expect({ ...message }).toEqual({ id: "1" });
    expect(Message.schema).toBe(schema);
    expect(refusal(() => new Message({} as never)).message).toContain(`${Message.name}.id: `);
  });

  it("a notification event has the schema's payload, and a key made of it (E7, M3)", () => {
    class Placed extends schemaNotificationEvent({
      eventName: "order.placed",
      topic: "orders",
      payload: z.object({ orderId: z.string().trim() }),
      key: (payload) => payload.orderId,
    }) {}
    const event = new Placed({ orderId: " o-1 " });
    expect(event).toBeInstanceOf(NotificationEvent);
    expect(eventKind(event)).toBe("notification");
    expect(event).toMatchObject({
      eventName: "order.placed",
      topic: "orders",
      key: "o-1",
      payload: { orderId: "o-1" },
      eventId: expect.stringMatching(/^[\da-f-]{36}$/),
      eventTimestamp: expect.any(Date),
    });
    expect(new Told({ id: "1" }).key).toBeUndefined();
  });

  it("a notification event that exists already keeps its id and its moment (M3)", () => {
    const init = { eventId: "e-1", eventTimestamp: new Date(5) };
    expect(new Told({ id: "1" }, init)).toMatchObject(init);
  });

  it("a notification event's payload may be of any type, and its issues lead with payload", () => {
    class Counted extends schemaNotificationEvent({
      eventName: "counted",
      topic: "n",
      payload: z.number(),
    }) {}
    expect(new Counted(3).payload).toBe(3);
    const error = refusal(() => new Counted("three" as never));
    expect(error.message).toMatch(/^Counted\.payload: .*number/);
    expect(error.issues).toMatchObject([{ path: "payload" }]);
    expect(refusal(() => new Told({ id: 3 } as never)).issues).toMatchObject([{ path: "payload.id" }]);
  });
});

describe("a wrong schema", () => {
  const versionTwo = { "~standard": { version: 2, vendor: "x", validate: () => ({ value: {} }) } };

  it.each([undefined, null, 3, "schema", {}, { "~standard": {} }, versionTwo, { parse: () => {} }, class {}])(
    "%o, which is none, is refused at the factory's call",
    (given) => {
      for (const factory of [schemaRequest, schemaCommand, schemaQuery, schemaDomainEvent]) {
        expect(() => factory(given as never)).toThrow(
          expect.objectContaining({
            code: "SLUICE_INVALID_OPTION",
            message: expect.stringMatching(
              new RegExp(`^${factory.name}\\(schema\\) is .*expected a Standard Schema`),
            ),
          }),
        );
      }
      expect(() => schemaNotificationEvent({ eventName: "e", topic: "t", payload: given as never })).toThrow(
        /^schemaNotificationEvent\.payload is .*expected a Standard Schema/,
      );
    },
  );

  it.each<[string, object]>([
    ["an empty eventName", { eventName: "" }],
    ["no topic", { topic: undefined }],
    ["a key that is no function", { key: "orderId" }],
  ])("%s is refused at the factory's call", (_, options) => {
    const rest = { eventName: "e", topic: "t", payload: z.string() };
    expect(() => schemaNotificationEvent({ ...rest, ...options } as never)).toThrow(
      expect.objectContaining({ code: "SLUICE_INVALID_OPTION" }),
    );
  });

  class Point {
    x = 1;
  }

  it.each<[string, FieldsSchema, string]>([
    ["a text", z.string() as never, '"in" (a string)'],
    ["an array", z.any().transform(() => [1]), "an array of 1"],
    ["null", z.any().transform(() => null as never), "null"],
    ["an instance of a class", z.any().transform(() => new Point()), "an instance of Point"],
    ["a Date", z.any().transform(() => new Date(0)), "an instance of Date"],
  ])("that gives %s instead of fields is refused", (_, schema, given) => {
    class Odd extends schemaCommand(schema) {}
    expect(refusal(() => new Odd("in" as never)).message).toBe(
      `Odd: its schema gives ${given}; expected a plain object, whose fields become the message's`,
    );
  });

  it.each(["__proto__", "constructor"])("that gives a field named %s is refused: no class has one", (key) => {
    class Odd extends schemaCommand(
      z.any().transform(() => JSON.parse(`{"${key}":{"admin":true}}`) as object),
    ) {}
    expect(refusal(() => new Odd({})).message).toBe(`Odd.${key}: a message has no field of this name`);
    expect({}).not.toHaveProperty("admin");
  });

  it("that gives a field beside a setter of the class does not run it", () => {
    class Odd extends schemaCommand(z.object({ name: z.string() }) as FieldsSchema) {
      set name(_: string) {
        throw new Error("It ran.");
      }
    }
    expect(new Odd({ name: "Ada" })).toHaveProperty("name", "Ada");
  });

  it("that throws is refused, and its error kept as the cause", () => {
    const cause = new Error("no such table");
    const fail = () => {
      throw cause;
    };
    const schema = v.object({ id: v.pipe(v.string(), v.transform(fail)) });
    class Odd extends schemaCommand(schema) {}
    const error = refusal(() => new Odd({ id: "1" }));
    expect(error.message).toBe("Odd: its schema threw: no such table");
    expect(error.cause).toBe(cause);
  });

  it("with a great many issues shows ten and counts the others", () => {
    class Odd extends schemaCommand(z.object({ list: z.array(z.number()) })) {}
    const error = refusal(() => new Odd({ list: Array(25).fill("x") }));
    expect(error.issues).toHaveLength(25);
    expect(error.message.split("\n")).toHaveLength(11);
    expect(error.message).toMatch(/\nand 15 more$/);
  });
});

describe("an asynchronous schema", () => {
  const rejections: unknown[] = [];
  const listen = (reason: unknown) => void rejections.push(reason);
  const { process } = globalThis as unknown as {
    process: { on(event: string, listener: unknown): void; off(event: string, listener: unknown): void };
  };
  beforeEach(() => process.on("unhandledRejection", listen));
  afterEach(() => process.off("unhandledRejection", listen));

  const fail = () => {
    throw new Error("inside");
  };
  const failing: FieldsSchema = {
    "~standard": { version: 1, vendor: "x", validate: () => Promise.reject(new Error("late")) },
  };

  it.each<[string, FieldsSchema]>([
    ["zod", z.object({ name: z.string().refine(async () => true) })],
    [
      "valibot",
      v.objectAsync({
        name: v.pipeAsync(
          v.string(),
          v.checkAsync(async () => true),
        ),
      }),
    ],
    ["a library that rejects", failing],
    ["zod, when a function of it throws", z.object({ name: z.string().transform(fail) })],
  ])("of %s is refused, and the error says what to do", async (_, schema) => {
    class Odd extends schemaCommand(schema) {}
    expect(refusal(() => new Odd({ name: "Ada" })).message).toBe(
      "Odd: its schema answers asynchronously, and a constructor cannot wait. Move asynchronous checks into the " +
        "handler (with zod, look also for a function of the schema that throws)",
    );
    await turn(); // Node tells of a rejection that nobody handles before the next one
    expect(rejections).toEqual([]);
  });
});
