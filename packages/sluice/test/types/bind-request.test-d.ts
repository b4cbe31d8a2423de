import {
  type Class,
  Command,
  type Event,
  type HandlerContext,
  Query,
  type Request,
  RequestHandler,
  type RequestHandlerFor,
  RequestMap,
  StreamingRequestHandler,
} from "sluice";
import { describe, expectTypeOf, it } from "vitest";
import {
  FileProcessed,
  FindUser,
  GetUser,
  GetUserAgeHandler,
  GetUserHandler,
  GetUserOfTenant,
  GetUserOfTenantHandler,
  ProcessFiles,
  ProcessFilesHandler,
  RenameUser,
  RenameUserHandler,
  WriteAuditLog,
} from "./messages.fixture.js";

const map = new RequestMap();

describe("bind takes what fits its request (R3)", () => {
  it("a class, whatever its constructor takes, and an instance", () => {
    expectTypeOf(map.bind(GetUser, GetUserHandler)).toEqualTypeOf<RequestMap>();
    map.bind(GetUser, new GetUserHandler(new Map()));
    map.bind(RenameUser, RenameUserHandler).bind(ProcessFiles, ProcessFilesHandler);
  });

  it("a function, whose parameters are known from the request", () => {
    map.bind(GetUser, async (query, context) => {
      expectTypeOf(query).toEqualTypeOf<GetUser>();
      expectTypeOf(context).toEqualTypeOf<HandlerContext>();
      return { name: query.userId };
    });
    map.bind(GetUser, () => ({ name: "Ada" }));
    map.bind(FindUser, async () => undefined);
    map.bind(RenameUser, async () => {});
    map.bind(RenameUser, () => {});
  });

  it("literals in place, which stay what the request asks for", () => {
    class Import extends Command<{ row: number; status: "imported" | "skipped" }> {}
    const row = 1;
    map.bind(Import, () => ({ row, status: "imported" }));
    map.bind(Import, async () => ({ row, status: "imported" }));
    map.bind(Import, async function* () {
      yield { row, status: "imported" };
      yield { row, status: "skipped" };
    });
    map.bind(Import, {
      async *handle() {
        yield { row, status: "skipped" };
      },
    });
    map.bind(Import, [async (command, { next }) => (row ? next(command) : { row, status: "imported" })], {
      default: async () => ({ row, status: "skipped" }),
    });
    // @ts-expect-error: no such status
    map.bind(Import, async () => ({ row, status: "lost" }));
  });

  it("a generator in place, whose parameters are known from the request", () => {
    map.bind(ProcessFiles, async function* (command, { emit, signal }) {
      expectTypeOf(command).toEqualTypeOf<ProcessFiles>();
      expectTypeOf(emit).toEqualTypeOf<(event: Event) => void>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      for (const fileId of command.fileIds) {
        emit(new FileProcessed(fileId));
        yield { fileId, status: "completed" };
      }
    });
  });

  it("any async iterable of the items (S12)", () => {
    map.bind(ProcessFiles, () => new ReadableStream<{ fileId: string; status: string }>());
  });

  it("an object in place, whose parameters are known from the request", () => {
    map.bind(GetUser, {
      async handle(query, { metadata }) {
        expectTypeOf(query).toEqualTypeOf<GetUser>();
        expectTypeOf(metadata.correlationId).toEqualTypeOf<string>();
        return { name: query.userId };
      },
    });
    map.bind(GetUser, { handle: async (query) => ({ name: query.userId }) });
  });

  it("an object in place that keeps its events itself", () => {
    map.bind(ProcessFiles, {
      events: [],
      async *handle(command) {
        expectTypeOf(command).toEqualTypeOf<ProcessFiles>();
        expectTypeOf(this.events).toEqualTypeOf<Event[]>();
        for (const fileId of command.fileIds) {
          this.events.push(new FileProcessed(fileId));
          yield { fileId, status: "completed" };
        }
      },
      clearEvents() {
        this.events = [];
      },
    });
  });

  it("a class of its own that keeps its events itself, or names something else events", () => {
    class Collects {
      #events: Event[] = [];
      get events() {
        return [...this.#events];
      }
      clearEvents() {
        this.#events = [];
      }
      async *handle(command: ProcessFiles) {
        this.#events.push(new FileProcessed("1"));
        yield { fileId: command.fileIds.join(), status: "completed" };
      }
    }
    class Reads {
      constructor(private readonly events: ReadonlyMap<string, string>) {}
      async handle(query: GetUser) {
        return { name: this.events.get(query.userId) ?? "nobody" };
      }
    }
    map.bind(ProcessFiles, Collects).bind(GetUser, Reads).bind(GetUser, new Reads(new Map()));
  });

  it("a handler of a base class of the request, and one that answers more closely", () => {
    abstract class Lookup extends Query<{ name: string }> {
      abstract readonly key: string;
    }
    class LookupPerson extends Lookup {
      readonly key = "person";
    }
    class LookupHandler extends RequestHandler<Lookup> {
      async handle(query: Lookup) {
        return { name: query.key, found: true };
      }
    }
    map.bind(LookupPerson, LookupHandler);
    map.bind(GetUserOfTenant, async (query: { readonly userId: string }) => ({ name: query.userId }));
  });

  it("a generic request, with its type or without", () => {
    class Get<T> extends Query<T> {
      constructor(readonly fallback: T) {
        super();
      }
    }
    map.bind(Get<string>, async (query) => query.fallback.toUpperCase());
    map.bind(Get, async (query) => query.fallback);
    // @ts-expect-error: a number is no string
    map.bind(Get<string>, async () => 3);
  });

  it("a request that only its caller knows", () => {
    const bindAny = (request: Class<Request<unknown>>, handler: RequestHandlerFor<Request<unknown>>) =>
      map.bind(request, handler);
    const bindOne = <Req extends Request<unknown>>(request: Class<Req>, handler: RequestHandlerFor<Req>) =>
      map.bind(request, handler);
    bindOne(GetUser, GetUserHandler);
    // @ts-expect-error: a handler for another request
    bindOne(GetUser, GetUserAgeHandler);
    return bindAny;
  });
});

describe("bind refuses what does not fit its request (R3)", () => {
  it("a handler for another request", () => {
    // @ts-expect-error: for another request
    map.bind(GetUser, ProcessFilesHandler);
    // @ts-expect-error: for a request that has one field more
    map.bind(GetUser, GetUserOfTenantHandler);
    // @ts-expect-error: an instance of it
    map.bind(GetUser, new GetUserOfTenantHandler());
    // @ts-expect-error: an object for it
    map.bind(GetUser, { handle: async (query: GetUserOfTenant) => ({ name: query.tenant }) });
    // @ts-expect-error: a function for it
    map.bind(GetUser, async (query: GetUserOfTenant) => ({ name: query.tenant }));
    // @ts-expect-error: the request has no such field
    map.bind(GetUser, async ({ tenant }) => ({ name: tenant }));
  });

  it("a handler with another response", () => {
    // @ts-expect-error: the same fields, and a number for a user
    map.bind(GetUser, GetUserAgeHandler);
    // @ts-expect-error: a number for a user
    map.bind(GetUser, async (query) => query.userId.length);
    // @ts-expect-error: a field is misspelt
    map.bind(GetUser, async (query) => ({ nmae: query.userId }));
    // @ts-expect-error: nothing for a user
    map.bind(GetUser, async () => {});
    // @ts-expect-error: undefined for a user
    map.bind(GetUser, async () => undefined);
    // @ts-expect-error: a number for nothing
    map.bind(RenameUser, async () => 3);
    // @ts-expect-error: an object that answers with a number
    map.bind(GetUser, { handle: async () => 3 });
  });

  it("a handler with other items", () => {
    // @ts-expect-error: a number for a file
    map.bind(ProcessFiles, async function* (command) {
      yield command.fileIds.length;
    });
    // @ts-expect-error: a generator that is not async
    map.bind(ProcessFiles, function* () {
      yield { fileId: "1", status: "completed" };
    });
    // @ts-expect-error: a user for a file
    map.bind(ProcessFiles, {
      async *handle() {
        yield { name: "Ada" };
      },
    });
  });

  it("what is no handler, or cannot be made", () => {
    abstract class Unfinished extends RequestHandler<GetUser> {}
    // @ts-expect-error: an abstract class
    map.bind(GetUser, Unfinished);
    // @ts-expect-error: a class without handle
    map.bind(GetUser, class {});
    // @ts-expect-error: a name
    map.bind(GetUser, "GetUserHandler");
    // @ts-expect-error: nothing
    map.bind(GetUser);
    // @ts-expect-error: a function that needs a third argument
    map.bind(GetUser, async (_query: GetUser, _context: HandlerContext, _third: string) => ({ name: "" }));
  });

  it("a handler of events, and a class of events", () => {
    // @ts-expect-error: an event handler
    map.bind(GetUser, WriteAuditLog);
    // @ts-expect-error: an event handler, for a request without a response
    map.bind(RenameUser, WriteAuditLog);
    // @ts-expect-error: an event is no request
    map.bind(FileProcessed, WriteAuditLog);
    // @ts-expect-error: a class of neither
    map.bind(class {}, async () => 3);
    abstract class Base extends Command {}
    // @ts-expect-error: no request is of an abstract class
    map.bind(Base, async () => {});
  });

  it("options beside one handler, and unknown members", () => {
    // @ts-expect-error: a default belongs to a chain
    map.bind(GetUser, GetUserHandler, { default: GetUserHandler });
    // @ts-expect-error: a handler has no such member
    map.bind(GetUser, { handle: async () => ({ name: "" }), onError: () => {} });
  });
});

describe("a handler class is refused where it is written (R3)", () => {
  it("when its response, its items or what it emits do not fit", () => {
    class WrongAnswer extends RequestHandler<GetUser> {
      // @ts-expect-error: a number for a user
      async handle(query: GetUser) {
        return query.userId.length;
      }
    }
    class WrongItems extends StreamingRequestHandler<ProcessFiles> {
      // @ts-expect-error: a number for a text
      async *handle() {
        yield { fileId: 1, status: "completed" };
      }
    }
    class AnswersOnce extends StreamingRequestHandler<ProcessFiles> {
      // @ts-expect-error: an answer for a stream
      async handle() {
        return { fileId: "1", status: "completed" };
      }
    }
    class EmitsPlain extends RequestHandler<RenameUser> {
      async handle() {
        // @ts-expect-error: a plain object is no event
        this.emit({ fileId: "1" });
      }
    }
    // @ts-expect-error: an event is no request
    abstract class OfEvent extends RequestHandler<FileProcessed> {}
    return [WrongAnswer, WrongItems, AnswersOnce, EmitsPlain, OfEvent];
  });
});
