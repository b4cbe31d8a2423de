import { type ProblemDetails, ProblemError } from "../http/problem.js";
import { BodyReader } from "./body-reader.js";
import { expect, expectEqual } from "./expect.js";
import type { HttpCase } from "./http-case.js";

const sse = "text/event-stream";

function authorize(header: string | null): string | undefined {
  if (header === "throw") throw new ProblemError({ status: 403, title: "Forbidden", code: "NOT_YOU" });
  return header ?? undefined;
}

/** What hooks and limits do. */
export const httpHookCases: readonly HttpCase[] = [
  {
    title: "asks who calls, before anything is read",
    options: { authenticate: async ({ request }) => authorize(request.headers.get("authorization")) },
    body: async (bed) => {
      let runs = 0;
      bed.onSend(() => ++runs);
      const status = async (headers: Record<string, string>) =>
        (await bed.post("SendCommand", { headers })).status;
      expectEqual(await status({}), 401, "Nobody");
      expectEqual(await status({ "content-type": "text/plain" }), 401, "Nobody, with a type that is refused");
      expectEqual(await status({ authorization: "throw" }), 403, "Somebody else");
      expectEqual(runs, 0, "How often the handler ran");
      expectEqual(await status({ authorization: "me" }), 200, "Me");
    },
  },
  {
    title: "gives the dispatch the metadata that the hook makes of the request",
    options: {
      authenticate: ({ request }) => request.headers.get("authorization"),
      metadata: ({ request, identity, name, kind }) => ({
        correlationId: request.headers.get("x-request-id") ?? undefined,
        headers: { user: String(identity), called: `${kind} ${name}` },
      }),
    },
    body: async (bed) => {
      bed.onSend((_, { metadata: { correlationId, headers } }) => ({ correlationId, headers }));
      bed.onStream(async function* (_, { metadata: { correlationId, headers } }) {
        yield { correlationId, headers };
      });
      const headers = { authorization: "ada", "x-request-id": "r-1" };
      const seen = (called: string) => ({ correlationId: "r-1", headers: { user: "ada", called } });
      const sent = await bed.json(await bed.post("SendCommand", { headers }));
      expectEqual(sent, seen("send SendCommand"), "What a sent request sees");
      const accept = "application/json";
      const streamed = await bed.json(await bed.get("stream.query", { headers, accept }));
      expectEqual(streamed, [seen("stream stream.query")], "What a streamed request sees");
    },
  },
  {
    title: "tells a client what the hook, or a ProblemError, says of an error",
    options: {
      problem: (error): ProblemDetails | undefined =>
        error instanceof RangeError
          ? { status: 409, title: "Conflict", code: "SOLD_OUT", detail: error.message }
          : undefined,
    },
    body: async (bed) => {
      bed.onSend(({ input }) => {
        if (input === "range") throw new RangeError("sold out");
        throw new ProblemError(
          { status: 404, title: "Not Found", code: "NO_ORDER" },
          { headers: { "x-a": "b" } },
        );
      });
      const ranged = await bed.post("SendCommand", { fields: { input: "range" } });
      expectEqual(
        await bed.json(ranged),
        { status: 409, title: "Conflict", code: "SOLD_OUT", detail: "sold out" },
        "What the hook said",
      );
      const response = await bed.post("SendCommand");
      expectEqual([response.status, response.headers.get("x-a")], [404, "b"], "What the error said");
      expectEqual(bed.logger.records.length, 0, "What the logger was told");
    },
  },
  {
    title: "keeps to the number of open streams in all, and counts one that ended no more",
    options: { limits: { streams: 2 } },
    body: async (bed) => {
      const end = Promise.withResolvers<void>();
      bed.onStream(async function* () {
        yield await end.promise;
      });
      const open = () => bed.get("stream.query", { accept: sse });
      const streams = [await open(), await open()];
      const refused = await open();
      expectEqual([refused.status, refused.headers.get("retry-after")], [503, "1"], "The third");
      await bed.text(refused);
      end.resolve();
      for (const stream of streams) await bed.text(stream);
      expectEqual((await open()).status, 200, "One more, later");
    },
  },
  {
    title: "keeps to the number of open streams of one client",
    needs: "remoteAddress",
    options: { limits: { streamsPerClient: 1 } },
    body: async (bed) => {
      const end = Promise.withResolvers<void>();
      bed.onStream(async function* () {
        yield await end.promise;
      });
      const first = await bed.get("stream.query", { accept: sse });
      const second = await bed.get("stream.query", { accept: sse });
      expectEqual((await bed.json(second)).code, "HTTP_CLIENT_STREAMS", "The second");
      end.resolve();
      await bed.text(first);
    },
  },
  {
    title: "ends what takes too long, and tells its handler",
    options: { limits: { sendMs: 30, streamMs: 30 } },
    body: async (bed) => {
      const aborted = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
      bed.onSend(async (_, { signal }) => {
        signal.addEventListener("abort", () => aborted[0].resolve());
        await aborted[0].promise;
      });
      bed.onStream(async function* (_, { signal }) {
        signal.addEventListener("abort", () => aborted[1].resolve());
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      });
      const answer = await bed.post("SendCommand");
      expectEqual([answer.status, (await bed.json(answer)).code], [503, "HTTP_TIMEOUT"], "The answer");
      const body = new BodyReader(bed, await bed.get("stream.query", { accept: "application/x-ndjson" }));
      expectEqual(await body.through("\n"), '{"id":1,"data":1}\n', "The item");
      const last = await body.through("\n");
      expect(last.startsWith('{"fail":{'), `The last frame is ${last}`);
      await bed.within(Promise.all(aborted.map(({ promise }) => promise)), "A handler was not told to stop.");
    },
  },
];
