import { BodyReader } from "./body-reader.js";
import { expect, expectEqual } from "./expect.js";
import type { HttpCase } from "./http-case.js";

const sse = "text/event-stream";
const ndjson = "application/x-ndjson";

const difficult = [
  null,
  0,
  -1.5e300,
  "",
  "line\nbreak\r\nand\rmore\u2028\u2029",
  "data: x\n\nid: 7\n\n",
  "Grüße, 世界 🌍 \ud800",
  "\u0000",
  [],
  [[null, { "": [] }]],
  { "a\nb": { c: true } },
];

/** What goes over the wire. */
export const httpWireCases: readonly HttpCase[] = [
  {
    title: "streams server-sent events: ids from 1 up, then an end frame",
    body: async (bed) => {
      bed.onStream(async function* ({ input }) {
        yield { input, n: 1 };
        yield { input, n: 2 };
      });
      const response = await bed.post("StreamCommand", { fields: { input: "a" }, accept: sse });
      expectEqual(response.status, 200, "The status");
      expectEqual(response.headers.get("content-type"), "text/event-stream; charset=utf-8", "The type");
      expectEqual(
        await bed.text(response),
        'id: 1\ndata: {"input":"a","n":1}\n\nid: 2\ndata: {"input":"a","n":2}\n\n' +
          'event: end\nid: end\ndata: {"items":2}\n\n',
        "The frames",
      );
    },
  },
  {
    title: "streams NDJSON: a line an item, then an end line",
    body: async (bed) => {
      bed.onStream(async function* () {
        yield { n: 1 };
        yield "two";
      });
      for (const accept of [ndjson, "application/ndjson"]) {
        const response = await bed.post("StreamCommand", { accept });
        expectEqual(response.headers.get("content-type"), `${accept}; charset=utf-8`, "The type");
        expectEqual(
          await bed.text(response),
          '{"id":1,"data":{"n":1}}\n{"id":2,"data":"two"}\n{"end":{"items":2}}\n',
          "The lines",
        );
      }
    },
  },
  {
    title: "streams one JSON array to clients that name neither",
    body: async (bed) => {
      bed.onStream(async function* () {
        yield { n: 1 };
        yield { n: 2 };
      });
      for (const accept of ["*/*", "application/json", "text/html, */*;q=0.8"]) {
        const response = await bed.post("StreamCommand", { accept });
        expectEqual(response.headers.get("content-type"), "application/json; charset=utf-8", "The type");
        expectEqual(await bed.json(response), [{ n: 1 }, { n: 2 }], "The array");
      }
    },
  },
  {
    title: "streams nothing: no item, and an end",
    body: async (bed) => {
      const text = async (accept: string) => bed.text(await bed.get("stream.query", { accept }));
      expectEqual(await text(sse), 'event: end\nid: end\ndata: {"items":0}\n\n', "The events");
      expectEqual(await text(ndjson), '{"end":{"items":0}}\n', "The lines");
      expectEqual(await text("application/json"), "[]", "The array");
    },
  },
  {
    title: "carries every value that JSON has, and no frame breaks on it (S11)",
    body: async (bed) => {
      bed.onStream(async function* () {
        yield* difficult;
        yield undefined;
      });
      const events = await bed.text(await bed.get("stream.query", { accept: sse }));
      const data = events
        .split("\n\n")
        .flatMap((frame) => /^id: \d+\ndata: ([^\n]*)$/.exec(frame)?.[1] ?? []);
      expectEqual(
        data.map((text) => JSON.parse(text)),
        [...difficult, null],
        "The events",
      );
      const lines = await bed.text(await bed.get("stream.query", { accept: ndjson }));
      const read = lines.trimEnd().split("\n").slice(0, -1);
      expectEqual(
        read.map((line) => JSON.parse(line)),
        [...difficult, undefined].map((value, n) => ({ id: n + 1, data: value })),
        "The lines",
      );
      const array = await bed.json(await bed.get("stream.query", { accept: "application/json" }));
      expectEqual(array, [...difficult, null], "The array");
    },
  },
  {
    title: "carries a large item whole",
    body: async (bed) => {
      const text = "0123456789".repeat(100_000);
      bed.onStream(async function* () {
        yield text;
      });
      const array = await bed.json(await bed.get("stream.query", { accept: "application/json" }));
      expectEqual(array, [text], "The item");
    },
  },
  {
    title: "answers a sent request with JSON, and nothing with 204",
    body: async (bed) => {
      bed.onSend(({ input }) => input);
      const response = await bed.post("SendCommand", { fields: { input: { n: [1] } } });
      expectEqual(response.headers.get("content-type"), "application/json", "The type");
      expectEqual(await bed.json(response), { n: [1] }, "The answer");
      const empty = await bed.post("SendCommand");
      expectEqual([empty.status, await bed.text(empty)], [204, ""], "The empty answer");
    },
  },
  {
    title: "gives queries by GET too, with their input in the address",
    body: async (bed) => {
      bed.onSend(({ input }) => ({ input }));
      bed.onStream(async function* ({ input }) {
        yield input;
      });
      const fields = { input: "a b&c=d+é" };
      expectEqual(await bed.json(await bed.get("SendQuery", { fields })), fields, "The answer");
      const array = await bed.json(await bed.get("stream.query", { fields, accept: "application/json" }));
      expectEqual(array, ["a b&c=d+é"], "The stream");
    },
  },
  {
    title: "tells caches and proxies to leave a stream alone",
    body: async (bed) => {
      const { headers } = await bed.get("stream.query", { accept: sse });
      expectEqual(headers.get("cache-control"), "no-cache, no-transform", "Cache-Control");
      expectEqual(headers.get("x-accel-buffering"), "no", "X-Accel-Buffering");
      expectEqual(headers.get("x-content-type-options"), "nosniff", "X-Content-Type-Options");
    },
  },
  {
    title: "sends headers before the first item, and each item as soon as it is there",
    body: async (bed) => {
      const items = [1, 2, 3].map(() => Promise.withResolvers<void>());
      bed.onStream(async function* () {
        for (const [n, { promise }] of items.entries()) {
          await promise;
          yield n;
        }
      });
      const response = await bed.get("stream.query", { accept: ndjson });
      const body = new BodyReader(bed, response);
      for (const [n, { resolve }] of items.entries()) {
        resolve();
        expectEqual(await body.through("\n"), `{"id":${n + 1},"data":${n}}\n`, "An item");
      }
      expectEqual(await body.rest(), '{"end":{"items":3}}\n', "The end");
    },
  },
  {
    title: "says that it is alive while a handler is silent",
    options: { heartbeatMs: 20 },
    body: async (bed) => {
      for (const [accept, beat] of [
        [sse, ":\n\n"],
        [ndjson, "\n"],
      ] as const) {
        const silence = Promise.withResolvers<void>();
        bed.onStream(async function* () {
          await silence.promise;
          yield 1;
        });
        const body = new BodyReader(bed, await bed.get("stream.query", { accept }));
        for (let n = 0; n < 2; n++) expectEqual(await body.through(beat), beat, "A heartbeat");
        silence.resolve();
        const rest = await body.rest();
        expect(rest.includes("1"), "The item did not come after the heartbeats.");
      }
    },
  },
  {
    title:
      "ends a stream that fails with a frame of its own, after what came before, and tells nothing internal (S6)",
    body: async (bed) => {
      bed.onStream(async function* () {
        yield 1;
        throw new Error("the password is 1234");
      });
      const events = await bed.text(await bed.get("stream.query", { accept: sse }));
      const problem = '{"title":"Internal Server Error","status":500}';
      expectEqual(events, `id: 1\ndata: 1\n\nevent: fail\nid: end\ndata: ${problem}\n\n`, "The events");
      const lines = await bed.text(await bed.get("stream.query", { accept: ndjson }));
      expectEqual(lines, `{"id":1,"data":1}\n{"fail":${problem}}\n`, "The lines");
      const logged = bed.logger.records.filter(({ level }) => level === "error");
      expectEqual(logged.length, 2, "What the logger was told");
    },
  },
  {
    title: "never closes an array that is not whole, and gives a status when nothing has come yet",
    body: async (bed) => {
      let items = 0;
      bed.onStream(async function* () {
        for (let n = 0; n < items; n++) yield n;
        throw new Error("no");
      });
      const early = await bed.get("stream.query", { accept: "application/json" });
      expectEqual(early.status, 500, "The status");
      expectEqual(early.headers.get("content-type"), "application/problem+json", "The type");
      items = 2;
      const text = await bed
        .get("stream.query", { accept: "application/json" })
        .then((response) => bed.text(response))
        .catch(() => "cut");
      expectEqual(text, "cut", "The array");
    },
  },
  {
    title: "stops an EventSource that comes again after the end",
    body: async (bed) => {
      let runs = 0;
      bed.onStream(async function* () {
        yield runs++;
      });
      const response = await bed.get("stream.query", { accept: sse, headers: { "last-event-id": "end" } });
      expectEqual([response.status, runs], [204, 0], "The status, and how often the handler ran");
    },
  },
];
