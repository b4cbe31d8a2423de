import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { ContextMediator, ItemStream } from "../handlers/context-mediator.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { Query } from "../messages/query.js";
import { schemaQuery } from "../messages/schema-query.js";
import { createClient } from "./create-client.js";

class GetUser extends Query<{ name: string }> {}
class Rename extends Command {}
class CountTo extends schemaQuery(z.object({ last: z.number() }))<number> {}
class Renamed extends DomainEvent {}

const client = createClient("http://far/");

describe("the types of a client", () => {
  it("are those of the request's class", () => {
    expectTypeOf(client.send(new GetUser())).toEqualTypeOf<Promise<{ name: string }>>();
    expectTypeOf(client.send(new Rename())).toEqualTypeOf<Promise<void>>();
    expectTypeOf(client.stream(new CountTo({ last: 3 }))).toEqualTypeOf<ItemStream<number>>();
  });

  it("let it stand where a mediator's send or stream is wanted", () => {
    expectTypeOf(client).toExtend<Pick<ContextMediator, "send" | "stream">>();
  });

  it("refuse what is no request, and options that make no sense from afar", () => {
    // @ts-expect-error an event is not sent
    void client.send(new Renamed());
    // @ts-expect-error the class instead of an instance
    client.stream(GetUser);
    // @ts-expect-error the far handler is not in this process
    client.stream(new GetUser(), { readAhead: 3 });
    // @ts-expect-error one try is not a policy
    void client.send(new GetUser(), { retry: true });
  });
});
