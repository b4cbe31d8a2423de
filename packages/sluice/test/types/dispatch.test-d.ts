import {
  bootstrap,
  bootstrapStreaming,
  type EventMediator,
  type ItemStream,
  type Mediator,
  type Request,
  type RequestMediator,
  type ResponseOf,
  type StreamingRequestMediator,
} from "sluice";
import { describe, expectTypeOf, it } from "vitest";
import {
  FileProcessed,
  FindUser,
  GetUser,
  ImageProcessed,
  type ProcessedFile,
  ProcessFiles,
  RenameUser,
  type User,
  UserPublished,
} from "./messages.fixture.js";

declare const mediator: Mediator;

describe("send", () => {
  it("answers with the response of the request's class (R3)", () => {
    expectTypeOf(mediator.send(new GetUser("1"))).toEqualTypeOf<Promise<User>>();
    expectTypeOf(mediator.send(new RenameUser("Ada"))).toEqualTypeOf<Promise<void>>();
    expectTypeOf(mediator.send(new FindUser())).toEqualTypeOf<Promise<User | undefined>>();
  });

  it("knows the response where only the base class of the request is known", () => {
    const request: Request<number> = null as never;
    expectTypeOf(mediator.send(request)).toEqualTypeOf<Promise<number>>();
    expectTypeOf<ResponseOf<GetUser>>().toEqualTypeOf<User>();
    expectTypeOf<ResponseOf<RenameUser>>().toEqualTypeOf<void>();
    expectTypeOf<ResponseOf<FindUser>>().toEqualTypeOf<User | undefined>();
    expectTypeOf<ResponseOf<FileProcessed>>().toEqualTypeOf<never>();
  });

  it("takes a request that is frozen", () => {
    expectTypeOf(mediator.send(Object.freeze(new GetUser("1")))).toEqualTypeOf<Promise<User>>();
  });

  it("refuses another response, and what is no request (R3)", () => {
    // @ts-expect-error: a user is no number
    void mediator.send(new GetUser("1")) satisfies Promise<number>;
    // @ts-expect-error: a plain object is no request
    void mediator.send({ userId: "1" });
    // @ts-expect-error: the class is no request
    void mediator.send(GetUser);
    // @ts-expect-error: an event is no request
    void mediator.send(new FileProcessed("1"));
    // @ts-expect-error: an object of a class without any field is no request
    void mediator.send(new (class Nothing {})());
    // @ts-expect-error: nothing is no request
    void mediator.send();
  });
});

describe("stream", () => {
  it("yields the items of the request's class (R3)", async () => {
    const stream = mediator.stream(new ProcessFiles(["1"]));
    expectTypeOf(stream).toEqualTypeOf<ItemStream<ProcessedFile>>();
    for await (const item of stream) expectTypeOf(item).toEqualTypeOf<ProcessedFile>();
  });

  it("gives an AsyncGenerator that is AsyncDisposable (S1)", async () => {
    const stream = mediator.stream(new ProcessFiles([]));
    expectTypeOf(stream).toExtend<AsyncGenerator<ProcessedFile, unknown, void>>();
    expectTypeOf(stream).toExtend<AsyncIterableIterator<ProcessedFile>>();
    expectTypeOf(stream).toExtend<AsyncDisposable>();
    expectTypeOf(stream.return()).toEqualTypeOf<Promise<IteratorResult<ProcessedFile, unknown>>>();
    expectTypeOf(stream.throw).parameter(0).toBeAny();
    const result = await stream.next();
    if (result.done) expectTypeOf(result.value).toBeUnknown();
    else expectTypeOf(result.value).toEqualTypeOf<ProcessedFile>();
  });

  it("refuses another item, and what is no request (R3)", async () => {
    // @ts-expect-error: a file is no number
    mediator.stream(new ProcessFiles([])) satisfies AsyncIterable<number>;
    // @ts-expect-error: an item has no such field
    for await (const item of mediator.stream(new ProcessFiles([]))) item.fileid;
    // @ts-expect-error: an event is no request
    mediator.stream(new FileProcessed("1"));
    // @ts-expect-error: a stream is no promise of an answer
    void mediator.stream(new ProcessFiles([])).then();
  });
});

describe("publish", () => {
  it("takes domain events and notification events, and answers with nothing", () => {
    expectTypeOf(mediator.publish(new FileProcessed("1"))).toEqualTypeOf<Promise<void>>();
    expectTypeOf(mediator.publish(new ImageProcessed("1", 640))).toEqualTypeOf<Promise<void>>();
    expectTypeOf(mediator.publish(new UserPublished("1"))).toEqualTypeOf<Promise<void>>();
    expectTypeOf(mediator.publish(Object.freeze(new FileProcessed("1")))).toEqualTypeOf<Promise<void>>();
    expectTypeOf(mediator.publish(Object.freeze(new UserPublished("1")))).toEqualTypeOf<Promise<void>>();
  });

  it("refuses what is no event (E1)", () => {
    // @ts-expect-error: a plain object is no event
    void mediator.publish({ fileId: "1" });
    // @ts-expect-error: a request is no event
    void mediator.publish(new GetUser("1"));
    // @ts-expect-error: the class is no event
    void mediator.publish(FileProcessed);
  });
});

describe("the mediators", () => {
  it("are three small interfaces, and one that is all three", () => {
    expectTypeOf(bootstrap({})).toEqualTypeOf<Mediator>();
    expectTypeOf<Mediator>().toExtend<RequestMediator & StreamingRequestMediator & EventMediator>();
    expectTypeOf<keyof RequestMediator>().toEqualTypeOf<"send" | "close" | typeof Symbol.asyncDispose>();
    expectTypeOf<keyof EventMediator>().toEqualTypeOf<"publish" | "close" | typeof Symbol.asyncDispose>();
  });

  it("made for streaming streams only", () => {
    const streaming = bootstrapStreaming({});
    expectTypeOf(streaming).toEqualTypeOf<StreamingRequestMediator>();
    // @ts-expect-error: it does not send
    streaming.send(new GetUser("1"));
  });
});
