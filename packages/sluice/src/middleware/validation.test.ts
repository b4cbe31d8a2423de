import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { EventHandlingError } from "../events/event-errors.js";
import { stateOf } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { collect, finished, quiet, rejection } from "../mediator/flow.fixture.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { InvalidMessageError } from "../messages/message-errors.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { schemaCommand } from "../messages/schema-command.js";
import type { StandardSchema } from "../messages/standard-schema.js";
import { type ValidationOptions, validation } from "./validation.js";

class Rename extends Command<string> {
  static readonly schema: unknown = z.object({ name: z.string().min(1), tags: z.array(z.string()) });
  constructor(
    readonly name: string,
    readonly tags: readonly unknown[] = [],
  ) {
    super();
  }
}

class RenameTwice extends Rename {}

class Plain extends Command<string> {
  constructor(readonly name: unknown) {
    super();
  }
}

function setUp(options?: ValidationOptions) {
  const handle = vi.fn(async (command: { readonly name: unknown }) => `renamed to ${command.name}`);
  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(Rename, handle).bind(RenameTwice, handle).bind(Plain, handle),
    middlewares: [validation(options)],
  });
  return { handle, mediator };
}

/** Accepts names that are text, after a while. */
const slow = z.object({ name: z.string().refine(async (name) => (await Promise.resolve(name)) !== "") });

describe("validation", () => {
  it.each<[string, unknown]>([
    ["schemas that are no list", 7],
    ["schemas that are null", null],
    ["a class that is none", [["Rename", z.object({})]]],
    ["a schema that is none", [[Plain, { parse() {} }]]],
  ])("refuses %s", (_what, schemas) => {
    expect(() => validation({ schemas: schemas as never })).toThrow(InvalidOptionError);
  });

  it("refuses a message that its class's schema refuses, before the handler runs, and names the fields", async () => {
    const { mediator, handle } = setUp();
    const error = await rejection<InvalidMessageError>(mediator.send(new Rename("", ["a", 7])));
    expect(error).toBeInstanceOf(InvalidMessageError);
    expect(error).toMatchObject({ code: "SLUICE_INVALID_MESSAGE", messageClass: "Rename" });
    expect(error.issues.map(({ path }) => path)).toEqual(["name", "tags[1]"]);
    expect(handle).not.toHaveBeenCalled();
  });

  it("hands the very message on that its schema accepts: it changes nothing", async () => {
    class Shout extends Plain {
      static readonly schema = z.object({ name: z.string().transform((name) => name.toUpperCase()) });
    }
    const seen: unknown[] = [];
    await using mediator = bootstrap({
      commandsMapper: (map) =>
        map.bind(Shout, async (command) => {
          seen.push(command);
          return String(command.name);
        }),
      middlewares: [validation()],
    });
    const command = new Shout("Ada");
    expect(await mediator.send(command)).toBe("Ada");
    expect(seen).toEqual([command]);
    expect(seen[0]).toBe(command);
  });

  it("holds a schema for the classes that extend its class", async () => {
    const { mediator } = setUp({ schemas: new Map([[Command, z.object({ name: z.string().max(5) })]]) });
    expect((await rejection(mediator.send(new RenameTwice("")))).message).toMatch(/^RenameTwice\.name: /);
    expect((await rejection(mediator.send(new Plain("Augusta")))).message).toMatch(/^Plain\.name: /);
    expect(await mediator.send(new Plain("Ada"))).toBe("renamed to Ada");
  });

  it.each<[string, StandardSchema]>([
    ["zod", z.object({ name: z.string() })],
    ["valibot", v.object({ name: v.string() })],
    ["arktype", type({ name: "string" })],
  ])("takes schemas by class, of %s", async (_library, schema) => {
    const { mediator } = setUp({ schemas: [[Plain, schema]] });
    const error = await rejection<InvalidMessageError>(mediator.send(new Plain(7)));
    expect(error.issues.map(({ path }) => path)).toEqual(["name"]);
    expect(await mediator.send(new Plain("Ada"))).toBe("renamed to Ada");
  });

  it("checks with the class's schema and the given one", async () => {
    const { mediator } = setUp({ schemas: [[Rename, z.object({ name: z.string().max(5) })]] });
    expect(await rejection(mediator.send(new Rename("")))).toBeInstanceOf(InvalidMessageError);
    expect(await rejection(mediator.send(new Rename("Augusta")))).toBeInstanceOf(InvalidMessageError);
    expect(await mediator.send(new Rename("Ada"))).toBe("renamed to Ada");
  });

  it("lets messages without a schema pass, and a static schema that is something else", async () => {
    class Described extends Plain {
      static readonly schema = { type: "object" };
    }
    await using mediator = bootstrap({
      commandsMapper: (map) => map.bind(Described, async () => "done").bind(Plain, async () => "plain"),
      middlewares: [validation()],
    });
    expect(await mediator.send(new Described(7))).toBe("done");
    expect(await mediator.send(new Plain(7))).toBe("plain");
  });

  it("does not check again what a schema's class has checked: its fields are what the schema gave", async () => {
    class Measure extends schemaCommand(
      z.object({ text: z.string().transform((text) => text.length) }),
    )<number> {}
    await using mediator = bootstrap({
      commandsMapper: (map) => map.bind(Measure, async ({ text }) => text),
      middlewares: [validation()],
    });
    expect(await mediator.send(new Measure({ text: "four" }))).toBe(4);
  });

  it("awaits a schema that answers asynchronously", async () => {
    const { mediator, handle } = setUp({ schemas: [[Plain, slow]] });
    expect(await rejection(mediator.send(new Plain("")))).toBeInstanceOf(InvalidMessageError);
    expect(handle).not.toHaveBeenCalled();
    expect(await mediator.send(new Plain("Ada"))).toBe("renamed to Ada");
  });

  it.each(["throws", "rejects"] as const)(
    "refuses a message whose schema %s, with the cause",
    async (how) => {
      const cause = new Error("out of order");
      const validate = () => {
        if (how === "throws") throw cause;
        return Promise.reject(cause);
      };
      const schema: StandardSchema = { "~standard": { version: 1, vendor: "test", validate } };
      const { mediator } = setUp({ schemas: [[Plain, schema]] });
      const error = await rejection<InvalidMessageError>(mediator.send(new Plain(1)));
      expect(error).toBeInstanceOf(InvalidMessageError);
      expect(error.cause).toBe(cause);
      expect(error.message).toBe("Plain: its schema threw: out of order");
    },
  );

  it("refuses an event at each handler, and keeps it from the broker (E6)", async () => {
    class Renamed extends DomainEvent {
      static readonly schema = z.object({ name: z.string() });
      constructor(readonly name: unknown) {
        super();
      }
    }
    class Told extends NotificationEvent<unknown> {
      static readonly schema = z.object({ payload: z.object({ name: z.string() }) });
      constructor(payload: unknown) {
        super({ eventName: "told", topic: "test", payload });
      }
    }
    const handle = vi.fn();
    const publish = vi.fn(async () => {});
    await using mediator = bootstrap({
      domainEventsMapper: (map) => map.bind(Renamed, handle),
      messageBroker: { publish, close: async () => {} },
      middlewares: [validation()],
    });
    for (const event of [new Renamed(7), new Told({ name: 7 })]) {
      const { errors } = await rejection<EventHandlingError>(mediator.publish(event));
      expect(errors).toEqual([expect.any(InvalidMessageError)]);
    }
    expect(handle).not.toHaveBeenCalled();
    expect(publish).not.toHaveBeenCalled();
    await mediator.publish(new Renamed("Ada"));
    await mediator.publish(new Told({ name: "Ada" }));
    expect(handle).toHaveBeenCalledOnce();
    expect(publish).toHaveBeenCalledOnce();
  });
});

describe("validation of a stream", () => {
  function flow(schema?: StandardSchema) {
    const log: string[] = [];
    const mediator = bootstrap({
      commandsMapper: (map) =>
        map.bind(Rename, async function* ({ name }) {
          log.push("opened");
          try {
            yield name;
            yield `${name}!`;
          } finally {
            log.push("finally");
          }
        }),
      middlewares: [validation(schema && { schemas: [[Rename, schema]] })],
    });
    return { log, mediator };
  }

  it("refuses the request at the first item, and opens nothing", async () => {
    const { log, mediator } = flow();
    const stream = mediator.stream(new Rename(""));
    expect(await rejection(stream.next())).toBeInstanceOf(InvalidMessageError);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(log).toEqual([]);
    expect(await collect(mediator.stream(new Rename("Ada")))).toEqual(["Ada", "Ada!"]);
  });

  it("opens it when a schema that answers asynchronously has accepted", async () => {
    const { log, mediator } = flow(slow);
    expect(await collect(mediator.stream(new Rename("Ada")))).toEqual(["Ada", "Ada!"]);
    for await (const _ of mediator.stream(new Rename("Ada"))) break;
    const stream = mediator.stream(new Rename("Ada"));
    await stream.next();
    await rejection(stream.throw(new Error("this")));
    expect(log).toEqual(["opened", "finally", "opened", "finally", "opened", "finally"]);
  });

  it("refuses when such a schema refuses, and opens nothing", async () => {
    const { log, mediator } = flow(z.object({ name: z.string().refine(async () => false) }));
    const stream = mediator.stream(new Rename("Ada"));
    expect(await rejection(stream.next())).toBeInstanceOf(InvalidMessageError);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(log).toEqual([]);
  });

  it("opens nothing for a consumer who leaves while the schema answers (S7)", async () => {
    const answer = Promise.withResolvers<{ value: unknown }>();
    const schema: StandardSchema = {
      "~standard": { version: 1, vendor: "test", validate: () => answer.promise },
    };
    const { log, mediator } = flow(schema);
    const stream = mediator.stream(new Rename("Ada"));
    const pending = stream.next();
    await quiet();
    const returned = stream.return(undefined);
    answer.resolve({ value: {} });
    await finished(returned);
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(log).toEqual([]);
    expect(await stateOf(mediator.close())).toBe("fulfilled");
  });
});
