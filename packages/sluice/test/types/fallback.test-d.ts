import { EventMap, type Fallback, fallback, RequestMap } from "sluice";
import { describe, expectTypeOf, it } from "vitest";
import {
  FileProcessed,
  GetUser,
  GetUserAgeHandler,
  GetUserHandler,
  GetUserOfTenantHandler,
  ProcessFiles,
  ProcessFilesHandler,
  UserRenamed,
  WriteAuditLog,
} from "./messages.fixture.js";

const requests = new RequestMap();
const events = new EventMap();

describe("a fallback stands wherever its handlers do (R5)", () => {
  it("for a request, whose functions know their parameters", () => {
    requests.bind(GetUser, fallback(GetUserHandler, GetUserHandler));
    requests.bind(
      GetUser,
      fallback(
        async (query) => {
          expectTypeOf(query).toEqualTypeOf<GetUser>();
          return { name: query.userId };
        },
        { handle: (query) => ({ name: query.userId }) },
      ),
    );
  });

  it("for a stream, whose fallback knows how far the primary came (R6)", () => {
    requests.bind(
      ProcessFiles,
      fallback(ProcessFilesHandler, async function* (command, { resume }) {
        expectTypeOf(resume).toEqualTypeOf<
          { readonly delivered: number; readonly lastItem: unknown } | undefined
        >();
        for (const fileId of command.fileIds.slice(resume?.delivered)) yield { fileId, status: "late" };
      }),
    );
  });

  it("for an event", () => {
    events.bind(
      FileProcessed,
      fallback(WriteAuditLog, (event) => expectTypeOf(event).toEqualTypeOf<FileProcessed>()),
    );
  });

  it("inside another fallback", () => {
    requests.bind(
      GetUser,
      fallback(fallback(GetUserHandler, GetUserHandler), async () => ({ name: "nobody" })),
    );
    requests.bind(
      ProcessFiles,
      fallback(ProcessFilesHandler, fallback(ProcessFilesHandler, ProcessFilesHandler)),
    );
    events.bind(
      FileProcessed,
      fallback(fallback(WriteAuditLog, WriteAuditLog), () => {}),
    );
  });

  it("made apart from its bind", () => {
    const users = fallback(GetUserHandler, async (query: GetUser) => ({ name: query.userId }));
    expectTypeOf(users).toExtend<
      Fallback<typeof GetUserHandler | ((query: GetUser) => Promise<{ name: string }>)>
    >();
    requests.bind(GetUser, users);
  });
});

describe("a fallback is refused where its handlers do not fit (R3)", () => {
  it("when the two answer differently", () => {
    // @ts-expect-error: the second answers with a number
    requests.bind(GetUser, fallback(GetUserHandler, GetUserAgeHandler));
    // @ts-expect-error: the first answers with a number
    requests.bind(GetUser, fallback(GetUserAgeHandler, GetUserHandler));
    const inner = fallback(GetUserHandler, async () => 3);
    // @ts-expect-error: it answers with a number
    requests.bind(GetUser, inner);
    // @ts-expect-error: a fallback inside answers with a number
    requests.bind(GetUser, fallback(inner, GetUserHandler));
  });

  it("when one streams and the other answers once", () => {
    const answer = async () => ({ fileId: "1", status: "late" });
    // @ts-expect-error: the second answers once
    requests.bind(ProcessFiles, fallback(ProcessFilesHandler, answer));
    // @ts-expect-error: the second streams
    requests.bind(ProcessFiles, fallback(answer, ProcessFilesHandler));
  });

  it("when one is for another request or event", () => {
    // @ts-expect-error: for a request that has one field more
    requests.bind(GetUser, fallback(GetUserHandler, GetUserOfTenantHandler));
    // @ts-expect-error: for an event
    requests.bind(GetUser, fallback(GetUserHandler, WriteAuditLog));
    // @ts-expect-error: for another event
    events.bind(UserRenamed, fallback(WriteAuditLog, WriteAuditLog));
    // @ts-expect-error: for a request
    events.bind(FileProcessed, fallback(WriteAuditLog, GetUserHandler));
  });
});
