import { describe, expectTypeOf, it } from "vitest";
import {
  type ChainContext,
  ChainedRequestHandler,
  Command,
  fallback,
  type HandlerContext,
  type ItemStream,
  type Mediator,
  Query,
  RequestHandler,
  type RequestMap,
  StreamingRequestHandler,
} from "../index.js";

class GetUser extends Query<{ name: string }> {
  constructor(readonly userId: string) {
    super();
  }
}

class Rename extends Command {
  constructor(readonly name: string) {
    super();
  }
}

declare const mediator: Mediator;
declare const map: RequestMap;

describe("the response follows from the request (R3)", () => {
  it("infers what send answers and what stream yields (R3)", () => {
    expectTypeOf(mediator.send(new GetUser("7"))).toEqualTypeOf<Promise<{ name: string }>>();
    expectTypeOf(mediator.send(new Rename("x"))).toEqualTypeOf<Promise<void>>();
    expectTypeOf(mediator.stream(new GetUser("7"))).toEqualTypeOf<ItemStream<{ name: string }>>();
  });

  it("infers the request and the context of a function (R3)", () => {
    map.bind(GetUser, (query, context) => {
      expectTypeOf(query).toEqualTypeOf<GetUser>();
      expectTypeOf(context).toEqualTypeOf<HandlerContext>();
      return { name: query.userId };
    });
    map.bind(GetUser, [
      (query, context) => {
        expectTypeOf(query).toEqualTypeOf<GetUser>();
        expectTypeOf(context).toEqualTypeOf<ChainContext<GetUser>>();
        expectTypeOf(context.next(query)).toEqualTypeOf<Promise<{ name: string }>>();
        return context.next(query);
      },
    ]);
  });

  it("takes handlers of every form that fit (R3)", () => {
    class Answers extends RequestHandler<GetUser> {
      handle(query: GetUser) {
        return { name: query.userId };
      }
    }
    class Streams extends StreamingRequestHandler<GetUser> {
      async *handle(query: GetUser) {
        yield { name: query.userId };
      }
    }
    map.bind(GetUser, Answers);
    map.bind(GetUser, new Answers());
    map.bind(GetUser, Streams);
    map.bind(GetUser, { handle: async ({ userId }) => ({ name: userId }) });
    map.bind(GetUser, async function* ({ userId }) {
      yield { name: userId };
    });
    map.bind(GetUser, fallback(Answers, Answers));
    map.bind(Rename, async () => {});
  });
});

describe("what does not fit does not compile (R3)", () => {
  it("refuses a handler of another request (R3)", () => {
    class Renames extends RequestHandler<Rename> {
      handle(_command: Rename) {}
    }
    // @ts-expect-error Renames handles Rename.
    map.bind(GetUser, Renames);
    // @ts-expect-error Renames handles Rename.
    map.bind(GetUser, [Renames]);
    // @ts-expect-error Renames handles Rename.
    map.bind(GetUser, fallback(Renames, Renames));
    class Answers extends RequestHandler<GetUser> {
      handle(query: GetUser) {
        return { name: query.userId };
      }
    }
    // @ts-expect-error the second of the two handles Rename.
    map.bind(GetUser, fallback(Answers, Renames));
    // @ts-expect-error the function takes a Rename.
    map.bind(GetUser, async (_command: Rename) => ({ name: "x" }));
  });

  it("refuses a response of another type (R3)", () => {
    // @ts-expect-error name is a string.
    map.bind(GetUser, async () => ({ name: 5 }));
    // @ts-expect-error the response is missing.
    map.bind(GetUser, async () => {});
    map.bind(
      GetUser,
      // @ts-expect-error items are users.
      async function* () {
        yield 5;
      },
    );
    // @ts-expect-error name is a string.
    map.bind(GetUser, { handle: () => ({ name: 5 }) });
    class Numbers extends RequestHandler<GetUser> {
      // @ts-expect-error the response of GetUser is a user.
      handle() {
        return 5;
      }
    }
    class NumberStream extends StreamingRequestHandler<GetUser> {
      // @ts-expect-error the items of GetUser are users.
      async *handle() {
        yield 5;
      }
    }
    class NumberLink extends ChainedRequestHandler<GetUser> {
      // @ts-expect-error the response of GetUser is a user.
      handle() {
        return 5;
      }
    }
    expectTypeOf([Numbers, NumberStream, NumberLink]).toBeArray();
  });

  it("refuses what is no request, and a stream of what answers once in a chain (R3)", () => {
    // @ts-expect-error a plain class is no request.
    map.bind(class Plain {}, () => 5);
    // @ts-expect-error a link answers once.
    map.bind(GetUser, [async function* () {}]);
    // @ts-expect-error a string is no request.
    void mediator.send("GetUser");
    // @ts-expect-error the class is not its instance.
    mediator.stream(GetUser);
  });
});
