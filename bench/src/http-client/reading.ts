import { Query } from "sluice";
import { createClient } from "sluice/client";
import type { Work } from "../work.js";
import { ReadFiles } from "./read-files.js";

const steps = 100_000;

class Ready extends Query<{ size: number }> {
  constructor(readonly count: number) {
    super();
  }
}

/** Reads the answer of the mediator at `origin`, which makes each item while it is read. */
export function readingFromMediator(origin: string): Work {
  const request = new ReadFiles(steps);
  const post = { method: "POST", body: JSON.stringify(request), headers };
  const { stream } = createClient(origin);
  const open = () => fetch(new URL("ReadFiles", origin), post);
  return work("100,000 items of 65 B over HTTP, from a mediator", open, () => stream(request));
}

/** Reads bytes that were made beforehand: what the reader alone can do. */
export function readingReady(origin: string): Work {
  const { stream } = createClient(origin, { messages: [{ name: "ready", message: Ready }] });
  const open = () => fetch(new URL("ready", origin), { method: "POST" });
  return work("100,000 items of 65 B over HTTP, made beforehand", open, () => stream(new Ready(steps)));
}

const headers = { "content-type": "application/json", accept: "application/x-ndjson" };

function work(
  name: string,
  open: () => Promise<Response>,
  stream: () => AsyncIterable<{ readonly size: number }>,
): Work {
  return {
    name,
    steps,
    sides: {
      "counting separators": async () => {
        let items = -1; // The last line is the end.
        for await (const chunk of bodyOf(await open())) {
          for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) items++;
        }
        return items;
      },
      "JSON.parse of each line, by hand": async () => {
        const decoder = new TextDecoder();
        let items = 0;
        let rest = "";
        for await (const chunk of bodyOf(await open())) {
          const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
          rest = lines.pop() as string;
          for (const line of lines) if (JSON.parse(line).data?.size >= 0) items++;
        }
        return items;
      },
      "sluice/client": async () => {
        let items = 0;
        for await (const { size } of stream()) if (size >= 0) items++;
        return items;
      },
    },
    comparisons: [
      { side: "sluice/client", against: "counting separators", goal: 0.8 },
      { side: "JSON.parse of each line, by hand", against: "counting separators" },
      { side: "sluice/client", against: "JSON.parse of each line, by hand" },
    ],
  };
}

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  if (body === null) throw new Error("The answer has no body.");
  return body;
}
