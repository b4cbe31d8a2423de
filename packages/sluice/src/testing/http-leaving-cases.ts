import { BodyReader } from "./body-reader.js";
import { expect, expectEqual } from "./expect.js";
import type { HttpCase } from "./http-case.js";

const ndjson = "application/x-ndjson";

const oneTurn = () => new Promise((resolve) => setTimeout(resolve));

/** What becomes of a handler whose reader is slow, or leaves. */
export const httpLeavingCases: readonly HttpCase[] = [
  {
    title: "ends a handler that waits for an item when its reader leaves (S7)",
    body: async (bed) => {
      const ended = Promise.withResolvers<boolean>();
      bed.onStream(async function* (_, { signal }) {
        try {
          yield 1;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        } finally {
          ended.resolve(signal.aborted);
        }
      });
      const leaving = new AbortController();
      const response = await bed.get("stream.query", { accept: ndjson, signal: leaving.signal });
      const body = new BodyReader(bed, response);
      await body.through("\n");
      leaving.abort();
      expect(await bed.within(ended.promise, "The handler did not end.", 1_000), "Its signal did not abort.");
    },
  },
  {
    title: "ends a handler that has given nothing yet when its reader leaves (S7)",
    body: async (bed) => {
      for (const accept of [ndjson, "text/event-stream", "application/json"]) {
        const started = Promise.withResolvers<void>();
        const ended = Promise.withResolvers<void>();
        bed.onStream(async function* (_, { signal }) {
          started.resolve();
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          ended.resolve();
          yield 1;
        });
        const leaving = new AbortController();
        const response = bed.post("StreamCommand", { accept, signal: leaving.signal });
        response.catch(() => {});
        const reading = response.then((given) => given.text());
        reading.catch(() => {});
        await bed.within(started.promise, "The handler did not start.");
        leaving.abort();
        await bed.within(ended.promise, `The handler did not end: ${accept}.`, 1_000);
        await reading.catch(() => {});
      }
    },
  },
  {
    title: "ends a handler that never waits when its reader leaves in the midst (S7)",
    body: async (bed) => {
      const ended = Promise.withResolvers<void>();
      bed.onStream(async function* () {
        try {
          for (let n = 0; ; n++) yield n;
        } finally {
          ended.resolve();
        }
      });
      const leaving = new AbortController();
      const response = await bed.get("stream.query", { accept: ndjson, signal: leaving.signal });
      const body = new BodyReader(bed, response);
      for (let n = 0; n < 1_000; n++) await body.through("\n");
      leaving.abort();
      await bed.within(ended.promise, "The handler did not end.", 1_000);
    },
  },
  {
    title: "lets a handler advance only while its reader takes more, and ends it when that leaves (S3, S7)",
    needs: "backpressure",
    body: async (bed) => {
      let given = 0;
      const ended = Promise.withResolvers<void>();
      const text = "x".repeat(16_000);
      bed.onStream(async function* () {
        try {
          for (; given < 10_000; given++) yield text;
        } finally {
          ended.resolve();
        }
      });
      const leaving = new AbortController();
      const response = await bed.get("stream.query", { accept: ndjson, signal: leaving.signal });
      const body = new BodyReader(bed, response);
      await body.through("\n");
      // It has come to rest when nothing is given for 20 turns of the event loop.
      for (
        let still = 0, before = given;
        still < 20;
        still = given === before ? still + 1 : 0, before = given
      ) {
        await oneTurn();
      }
      expect(given < 2_000, `The handler gave ${given} items of 16 kB to a reader that read one.`);
      leaving.abort();
      await bed.within(ended.promise, "The handler did not end.", 1_000);
    },
  },
  {
    title: "answers others beside a handler that never waits",
    body: async (bed) => {
      bed.onSend(() => "pong");
      bed.onStream(async function* () {
        for (let n = 0; ; n++) yield n;
      });
      const leaving = new AbortController();
      const response = await bed.get("stream.query", { accept: ndjson, signal: leaving.signal });
      const reading = (async () => {
        for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>);
      })().catch(() => {});
      for (let n = 0; n < 5; n++) {
        expectEqual(await bed.json(await bed.post("SendCommand")), "pong", "The answer");
      }
      leaving.abort();
      await reading;
    },
  },
  {
    title: "tells the handler of a sent request when its caller leaves",
    body: async (bed) => {
      const started = Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<void>();
      bed.onSend(async (_, { signal }) => {
        signal.addEventListener("abort", () => aborted.resolve());
        started.resolve();
        await aborted.promise;
      });
      const leaving = new AbortController();
      const answer = bed.post("SendCommand", { signal: leaving.signal });
      answer.catch(() => {});
      await bed.within(started.promise, "The handler did not start.");
      leaving.abort();
      await bed.within(aborted.promise, "The handler was not told.", 1_000);
      expectEqual(bed.logger.records, [], "What the logger was told");
    },
  },
  {
    title: "keeps streams apart: a slow reader holds nobody else back (S13)",
    body: async (bed) => {
      const stuck = Promise.withResolvers<void>();
      bed.onStream(async function* ({ input }) {
        if (input === "stuck") await stuck.promise;
        for (let n = 0; n < 100; n++) yield `${input} ${n}`;
      });
      const read = async (input: string) => {
        return bed.json(
          await bed.get("stream.query", { fields: { input }, accept: "application/json;q=0.9, text/html" }),
        );
      };
      const waiting = read("stuck");
      waiting.catch(() => {});
      const all = await Promise.all(["a", "b", "c", "d"].map(read));
      for (const [index, items] of all.entries()) {
        const name = ["a", "b", "c", "d"][index];
        expectEqual(
          items,
          Array.from({ length: 100 }, (_, n) => `${name} ${n}`),
          "A stream",
        );
      }
      stuck.resolve();
      await waiting;
    },
  },
];
