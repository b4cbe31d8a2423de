import { type ChainContext, ChainedRequestHandler, fallback, RequestMap } from "sluice";
import { describe, expectTypeOf, it } from "vitest";
import {
  GetUser,
  GetUserAgeHandler,
  GetUserFromCache,
  GetUserHandler,
  ProcessFiles,
  ProcessFilesHandler,
  type User,
  WriteAuditLog,
} from "./messages.fixture.js";

const map = new RequestMap();

describe("a chain takes links that fit its request (R4)", () => {
  it("classes, instances, objects, functions and fallbacks, with or without a default", () => {
    map.bind(GetUser, [GetUserFromCache, GetUserHandler]);
    map.bind(GetUser, [new GetUserFromCache(), fallback(GetUserFromCache, GetUserHandler)]);
    map.bind(GetUser, [GetUserFromCache], { default: GetUserHandler });
    map.bind(GetUser, [GetUserFromCache], { default: async (query) => ({ name: query.userId }) });
    map.bind(GetUser, [GetUserFromCache], {});
    map.bind(GetUser, [GetUserFromCache], undefined);
  });

  it("functions in place, which know next", () => {
    map.bind(GetUser, [
      async (query, context) => {
        expectTypeOf(query).toEqualTypeOf<GetUser>();
        expectTypeOf(context).toEqualTypeOf<ChainContext<GetUser>>();
        expectTypeOf(context.next).toEqualTypeOf<(request: GetUser) => Promise<User>>();
        return context.next(query);
      },
      { handle: (query, { next }) => next(query) },
      () => ({ name: "Ada" }),
    ]);
  });

  it("a class that passes on with this.next", () => {
    class Link extends ChainedRequestHandler<GetUser> {
      async handle(query: GetUser) {
        expectTypeOf(this.next(query)).toEqualTypeOf<Promise<User>>();
        return this.next(query);
      }
    }
    map.bind(GetUser, [Link]);
  });
});

describe("a chain refuses links that do not fit (R3)", () => {
  it("a link that streams", () => {
    // @ts-expect-error: a class that streams
    map.bind(ProcessFiles, [ProcessFilesHandler]);
    // @ts-expect-error: a fallback that streams
    map.bind(ProcessFiles, [fallback(ProcessFilesHandler, ProcessFilesHandler)]);
    map.bind(ProcessFiles, [
      // @ts-expect-error: a generator
      async function* (command) {
        yield { fileId: command.fileIds.join(), status: "completed" };
      },
    ]);
    class Streams extends ChainedRequestHandler<ProcessFiles> {
      // @ts-expect-error: a chain answers once
      async *handle() {
        yield { fileId: "1", status: "completed" };
      }
    }
    return Streams;
  });

  it("a link for another request, with another response, or for events", () => {
    // @ts-expect-error: for another request
    map.bind(GetUser, [GetUserFromCache, GetUserAgeHandler]);
    // @ts-expect-error: with another response
    map.bind(GetUser, [async () => 3]);
    // @ts-expect-error: for events
    map.bind(GetUser, [WriteAuditLog]);
    // @ts-expect-error: passes another request on
    map.bind(GetUser, [(_query, { next }) => next("1")]);
  });

  it("a default that does not fit, and unknown options", () => {
    // @ts-expect-error: with another response
    map.bind(GetUser, [GetUserFromCache], { default: async () => 3 });
    // @ts-expect-error: it is named default
    map.bind(GetUser, [GetUserFromCache], { fallback: GetUserHandler });
  });
});
