import {
  type AbstractClass,
  DomainEvent,
  EventHandler,
  type EventHandlerFor,
  EventMap,
  type HandlerContext,
} from "sluice";
import { describe, expectTypeOf, it } from "vitest";
import {
  FileProcessed,
  GetUser,
  GetUserHandler,
  ImageProcessed,
  ProcessFilesHandler,
  UserPublished,
  UserRenamed,
  WriteAuditLog,
} from "./messages.fixture.js";

const map = new EventMap();

describe("bind takes what fits its event", () => {
  it("a class, an instance, an object, a function", () => {
    expectTypeOf(map.bind(FileProcessed, WriteAuditLog)).toEqualTypeOf<EventMap>();
    map.bind(FileProcessed, new WriteAuditLog());
    map.bind(FileProcessed, async (event, context) => {
      expectTypeOf(event).toEqualTypeOf<FileProcessed>();
      expectTypeOf(context).toEqualTypeOf<HandlerContext>();
    });
    map.bind(FileProcessed, {
      handle(event, { emit }) {
        expectTypeOf(event).toEqualTypeOf<FileProcessed>();
        emit(new UserRenamed(event.fileId));
      },
    });
    map.bind(FileProcessed, {
      events: [],
      handle(event) {
        this.events.push(new UserRenamed(event.fileId));
      },
      clearEvents() {
        this.events = [];
      },
    });
  });

  it("a handler of a base class of the event, and a base class of events (E1)", () => {
    class CountEverything extends EventHandler<DomainEvent> {
      handle(_event: DomainEvent) {}
    }
    abstract class AuditedEvent extends DomainEvent {
      abstract readonly actor: string;
    }
    map.bind(ImageProcessed, WriteAuditLog).bind(FileProcessed, CountEverything);
    map.bind(DomainEvent, CountEverything);
    map.bind(AuditedEvent, (event) => expectTypeOf(event.actor).toEqualTypeOf<string>());
  });

  it("a key to order by, from the event (E7)", () => {
    map.bind(FileProcessed, WriteAuditLog, { orderBy: (event) => event.fileId });
    map.bind(FileProcessed, WriteAuditLog, {});
  });

  it("an event that only its caller knows", () => {
    const bindOne = <E extends DomainEvent>(event: AbstractClass<E>, handler: EventHandlerFor<E>) =>
      map.bind(event, handler);
    bindOne(FileProcessed, WriteAuditLog);
    // @ts-expect-error: a handler for another event
    bindOne(UserRenamed, WriteAuditLog);
  });
});

describe("bind refuses what does not fit its event (R3)", () => {
  it("a handler for another event", () => {
    class ResizeImage extends EventHandler<ImageProcessed> {
      handle(_event: ImageProcessed) {}
    }
    // @ts-expect-error: for another event
    map.bind(UserRenamed, WriteAuditLog);
    // @ts-expect-error: for some of these events only
    map.bind(FileProcessed, ResizeImage);
    // @ts-expect-error: an instance of it
    map.bind(FileProcessed, new ResizeImage());
    // @ts-expect-error: the event has no such field
    map.bind(FileProcessed, ({ width }) => width);
  });

  it("a handler of requests, and a class of requests", () => {
    // @ts-expect-error: a request handler
    map.bind(FileProcessed, GetUserHandler);
    // @ts-expect-error: a streaming handler
    map.bind(FileProcessed, ProcessFilesHandler);
    // @ts-expect-error: a request is no event
    map.bind(GetUser, async () => {});
    // @ts-expect-error: a list is no handler; bind each
    map.bind(FileProcessed, [WriteAuditLog, WriteAuditLog]);
  });

  it("a notification event, which goes to the broker (E1)", () => {
    // @ts-expect-error: a notification event
    map.bind(UserPublished, async () => {});
    // @ts-expect-error: a notification event
    class OnPublished extends EventHandler<UserPublished> {
      handle() {}
    }
    return OnPublished;
  });

  it("unknown options, and a key of another event", () => {
    // @ts-expect-error: it is named orderBy
    map.bind(FileProcessed, WriteAuditLog, { orderby: () => 1 });
    // @ts-expect-error: the event has no such field
    map.bind(FileProcessed, WriteAuditLog, { orderBy: (event) => event.userId });
    // @ts-expect-error: a name is no function
    map.bind(FileProcessed, WriteAuditLog, { orderBy: "fileId" });
  });
});
