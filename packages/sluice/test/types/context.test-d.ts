import {
  type AbstractClass,
  type ContextMediator,
  type Event,
  type HandlerContext,
  type ItemStream,
  type Metadata,
  type Middleware,
  RequestHandler,
  type StreamResume,
} from "sluice";
import { describe, expectTypeOf, it } from "vitest";
import {
  FileProcessed,
  GetUser,
  type ProcessedFile,
  ProcessFiles,
  type RenameUser,
  type User,
  UserPublished,
  WriteAuditLog,
} from "./messages.fixture.js";

declare const context: HandlerContext;

describe("what a handler is given", () => {
  it("has these parts, each readonly", () => {
    expectTypeOf<HandlerContext>().toEqualTypeOf<{
      readonly signal: AbortSignal;
      readonly metadata: Metadata;
      readonly emit: (event: Event) => void;
      readonly resolve: <T>(token: AbstractClass<T>) => Promise<T>;
      readonly mediator: ContextMediator;
      readonly resume: StreamResume | undefined;
    }>();
    // @ts-expect-error: a context cannot be changed
    context.signal = new AbortController().signal;
    // @ts-expect-error: nor can its metadata
    context.metadata.correlationId = "c";
  });

  it("emits events, and nothing else (E1)", () => {
    const { emit } = context;
    emit(new FileProcessed("1"));
    emit(new UserPublished("1"));
    // @ts-expect-error: a plain object is no event
    emit({ fileId: "1" });
    // @ts-expect-error: a request is no event
    emit(new GetUser("1"));
    // @ts-expect-error: the class is no event
    emit(FileProcessed);
    // @ts-expect-error: one event at a time
    emit([new FileProcessed("1")]);
  });

  it("resolves a class, abstract or not, to an instance of it", () => {
    abstract class Users {
      abstract find(id: string): User;
    }
    expectTypeOf(context.resolve(Users)).toEqualTypeOf<Promise<Users>>();
    expectTypeOf(context.resolve(WriteAuditLog)).toEqualTypeOf<Promise<WriteAuditLog>>();
    // @ts-expect-error: a name is no class
    void context.resolve("Users");
  });

  it("dispatches through its mediator with the types of the request (R3)", () => {
    expectTypeOf(context.mediator.send(new GetUser("1"))).toEqualTypeOf<Promise<User>>();
    expectTypeOf(context.mediator.stream(new ProcessFiles([]))).toEqualTypeOf<ItemStream<ProcessedFile>>();
    expectTypeOf(context.mediator.publish(new FileProcessed("1"))).toEqualTypeOf<Promise<void>>();
    // @ts-expect-error: who made the mediator closes it
    void context.mediator.close();
  });
});

describe("a handler's base class", () => {
  it("shows what was emitted, and takes events only", () => {
    class Handler extends RequestHandler<RenameUser> {
      async handle(_command: RenameUser, { signal }: HandlerContext) {
        signal.throwIfAborted();
        this.emit(new FileProcessed("1"));
      }
    }
    const handler = new Handler();
    expectTypeOf(handler.events).toEqualTypeOf<readonly Event[]>();
    expectTypeOf(handler.emit).parameters.toEqualTypeOf<[event: Event]>();
    // @ts-expect-error: events are emitted, not pushed
    handler.events.push(new FileProcessed("1"));
  });
});

describe("a middleware", () => {
  it("is typed by what it wraps", () => {
    const middleware = {
      async request(request, next, { signal, handlerName }) {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(handlerName).toEqualTypeOf<string>();
        return next(request, { metadata: { headers: { seen: "yes" } } });
      },
      async *stream(_request, next) {
        for await (const item of next()) {
          expectTypeOf(item).toBeUnknown();
          yield item;
        }
      },
      async event(event, next) {
        expectTypeOf(event).toEqualTypeOf<Event>();
        // @ts-expect-error: an event cannot become something else
        await next({});
      },
    } satisfies Middleware;
    return middleware;
  });
});
