import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { Command } from "./command.js";
import type { DomainEvent } from "./domain-event.js";
import type { NotificationEvent } from "./notification-event.js";
import type { Query } from "./query.js";
import type { Request, ResponseOf } from "./request.js";
import { schemaCommand } from "./schema-command.js";
import { schemaDomainEvent } from "./schema-domain-event.js";
import { schemaNotificationEvent } from "./schema-notification-event.js";
import { schemaQuery } from "./schema-query.js";
import { schemaRequest } from "./schema-request.js";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.js";

interface User {
  readonly id: string;
}

describe("StandardSchema", () => {
  it("is what the specification says, both ways", () => {
    expectTypeOf<StandardSchemaV1<string, number>>().toExtend<StandardSchema<string, number>>();
    expectTypeOf<SchemaInput<StandardSchemaV1<string, number>>>().toEqualTypeOf<string>();
    expectTypeOf<SchemaOutput<StandardSchemaV1<string, number>>>().toEqualTypeOf<number>();
  });
});

describe("a command over a schema", () => {
  const schema = z.object({
    name: z.string(),
    day: z.string().transform((text) => new Date(text)),
    age: z.number().default(18),
  });
  class CreateUser extends schemaCommand(schema)<User> {
    greeting(): string {
      return this.name;
    }
  }
  class DropUser extends schemaCommand(v.object({ id: v.string() })) {}
  class TagUser extends schemaCommand(type({ tag: "string", "note?": "string" }))<number> {}

  it("has the schema's output for fields, readonly", () => {
    const command = new CreateUser({ name: "Ada", day: "2026-11-05" });
    expectTypeOf(command.name).toEqualTypeOf<string>();
    expectTypeOf(command.day).toEqualTypeOf<Date>();
    expectTypeOf(command.age).toEqualTypeOf<number>();
    expectTypeOf(command.greeting()).toEqualTypeOf<string>();
    expectTypeOf(new DropUser({ id: "1" }).id).toEqualTypeOf<string>();
    expectTypeOf(new TagUser({ tag: "t" }).note).toEqualTypeOf<string | undefined>();
    // @ts-expect-error: a field is readonly
    command.name = "Eve";
    // @ts-expect-error: the schema gives no such field
    command.surname;
  });

  it("takes the schema's input", () => {
    expectTypeOf<ConstructorParameters<typeof CreateUser>>().toEqualTypeOf<
      [input: { name: string; day: string; age?: number | undefined }]
    >();
    // @ts-expect-error: day is text before the schema has read it
    new CreateUser({ name: "Ada", day: new Date() });
    // @ts-expect-error: name is missing
    new CreateUser({ day: "" });
    // @ts-expect-error: name is missing
    new TagUser({});
  });

  it("is typed by its response, void by default", () => {
    expectTypeOf<ResponseOf<CreateUser>>().toEqualTypeOf<User>();
    expectTypeOf<CreateUser>().toExtend<Command<User>>();
    expectTypeOf<DropUser>().toExtend<Command<void>>();
    expectTypeOf<CreateUser>().not.toExtend<Command<string>>();
    expectTypeOf<CreateUser>().not.toExtend<Query<User>>();
  });

  it("has the schema as a static member of its own type", () => {
    expectTypeOf(CreateUser.schema).toEqualTypeOf(schema);
  });

  it("may have a field of any name, also one that tells kinds apart elsewhere", () => {
    class Draw extends schemaCommand(z.object({ kind: z.enum(["line", "circle"]), response: z.string() })) {}
    expectTypeOf(new Draw({ kind: "line", response: "" }).kind).toEqualTypeOf<"line" | "circle">();
  });
});

describe("the other kinds over a schema", () => {
  const schema = z.object({ id: z.string() });
  class Ask extends schemaRequest(schema)<number> {}
  class Get extends schemaQuery(schema)<User> {}
  class Done extends schemaDomainEvent(schema) {}

  it("are of their kind, with the schema's fields", () => {
    expectTypeOf<Ask>().toExtend<Request<number> & { readonly id: string }>();
    expectTypeOf<Get>().toExtend<Query<User> & { readonly id: string }>();
    expectTypeOf<Done>().toExtend<DomainEvent & { readonly id: string }>();
    expectTypeOf<Done>().not.toExtend<NotificationEvent>();
  });

  it("have no response where there is none", () => {
    // @ts-expect-error: an event has no response
    class Wrong extends schemaDomainEvent(schema)<User> {}
    return Wrong;
  });

  it("refuse a schema that gives no object", () => {
    // @ts-expect-error: a text has no fields
    schemaCommand(z.string());
    // @ts-expect-error: nobody knows what unknown gives
    schemaQuery(z.unknown());
    // @ts-expect-error: valibot's too
    schemaDomainEvent(v.number());
    // @ts-expect-error: no schema at all
    schemaRequest({ parse: () => {} });
  });
});

describe("a notification event over a schema", () => {
  class OrderPlaced extends schemaNotificationEvent({
    eventName: "order.placed",
    topic: "orders",
    payload: z.object({ orderId: z.string(), at: z.string().transform((text) => new Date(text)) }),
    key: (payload) => {
      expectTypeOf(payload).toEqualTypeOf<{ orderId: string; at: Date }>();
      return payload.orderId;
    },
  }) {}

  it("takes the payload's input and holds its output", () => {
    const event = new OrderPlaced(
      { orderId: "o-1", at: "2026-11-05" },
      { eventId: "e-1", eventTimestamp: new Date() },
    );
    expectTypeOf(event.payload).toEqualTypeOf<{ orderId: string; at: Date }>();
    expectTypeOf(event).toExtend<NotificationEvent<{ orderId: string; at: Date }>>();
    // @ts-expect-error: at is text before the schema has read it
    new OrderPlaced({ orderId: "o-1", at: new Date() });
    // @ts-expect-error: the payload is the first argument
    new OrderPlaced({ orderId: "o-1", at: "" }, { payload: {} });
  });

  it("takes a payload of any type, and a key that is text", () => {
    class Counted extends schemaNotificationEvent({
      eventName: "counted",
      topic: "n",
      payload: z.number(),
    }) {}
    expectTypeOf(new Counted(3).payload).toEqualTypeOf<number>();
    const options = { eventName: "counted", topic: "n", payload: z.number() };
    // @ts-expect-error: a key is text
    schemaNotificationEvent({ ...options, key: (payload) => payload });
    // @ts-expect-error: a topic is needed
    schemaNotificationEvent({ eventName: "counted", payload: z.number() });
  });
});
