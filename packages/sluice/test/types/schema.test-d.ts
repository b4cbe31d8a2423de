import { bootstrap, EventMap, type Mediator, RequestHandler, RequestMap } from "sluice";
import { schemaCommand, schemaDomainEvent, schemaQuery } from "sluice/messages";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

class CreateUser extends schemaCommand(z.object({ name: z.string(), born: z.coerce.date() }))<{
  id: string;
}> {}
class CountUsers extends schemaQuery(z.object({ since: z.string().default("1970-01-01") }))<number> {}
class UserCreated extends schemaDomainEvent(z.object({ id: z.string() })) {}

declare const mediator: Mediator;
const requests = new RequestMap();

describe("a message with a schema", () => {
  it("is dispatched with the response that its class names (R3)", () => {
    expectTypeOf(mediator.send(new CreateUser({ name: "Ada", born: "1815-12-10" }))).toEqualTypeOf<
      Promise<{ id: string }>
    >();
    expectTypeOf(mediator.send(new CountUsers({}))).toEqualTypeOf<Promise<number>>();
    expectTypeOf(mediator.publish(new UserCreated({ id: "1" }))).toEqualTypeOf<Promise<void>>();
  });

  it("reaches its handler with the schema's output", () => {
    class CreateUserHandler extends RequestHandler<CreateUser> {
      async handle(command: CreateUser) {
        this.emit(new UserCreated({ id: command.name }));
        return { id: command.name };
      }
    }
    requests.bind(CreateUser, CreateUserHandler);
    requests.bind(CountUsers, async (query) => {
      expectTypeOf(query.since).toEqualTypeOf<string>();
      return query.since.length;
    });
    new EventMap().bind(UserCreated, (event) => expectTypeOf(event.id).toEqualTypeOf<string>());
    bootstrap({
      commandsMapper: (map) =>
        map.bind(CreateUser, (command) => {
          expectTypeOf(command.born).toEqualTypeOf<Date>();
          return { id: command.name };
        }),
    });
  });

  it("refuses an input that its schema does not take", () => {
    // @ts-expect-error: a number for a name
    new CreateUser({ name: 3, born: "1815-12-10" });
    // @ts-expect-error: a field is missing
    new UserCreated({});
    // @ts-expect-error: it has no input at all
    new UserCreated();
  });

  it("refuses a handler that does not fit (R3)", () => {
    // @ts-expect-error: a number for an id
    requests.bind(CreateUser, async () => ({ id: 3 }));
    // @ts-expect-error: the message has no such field
    requests.bind(CountUsers, (query) => query.until);
    // @ts-expect-error: for another request
    requests.bind(CountUsers, async (command: CreateUser) => command.name.length);
    // @ts-expect-error: the input of the schema is not its output
    requests.bind(CreateUser, async (command: { born: string }) => ({ id: command.born }));
  });
});
