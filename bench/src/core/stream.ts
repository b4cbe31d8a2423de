import { Effect, Stream } from "effect";
import { bootstrapStreaming } from "sluice";
import type { Work } from "../work.js";
import { Count, CountHandler, type Item } from "./count.js";

async function* wrap(source: AsyncIterable<Item>) {
  for await (const item of source) yield item;
}

async function* wrapAgain(source: AsyncIterable<Item>) {
  for await (const item of source) yield item;
}

const steps = 1000;

/** Each side has a loop of its own, as an application has: the raw generator's would be slower in a shared one. */
export async function makeStream(): Promise<Work> {
  const handler = new CountHandler();
  const mediator = bootstrapStreaming({ commandsMapper: (map) => map.bind(Count, CountHandler) });
  const asError = (cause: unknown) => new Error("failed", { cause });
  return {
    name: "stream, 1,000 items, no events",
    steps,
    sides: {
      "raw generator": async () => {
        let sum = 0;
        for await (const item of handler.handle(new Count(steps))) sum += item.n;
        return sum;
      },
      sluice: async () => {
        let sum = 0;
        for await (const item of mediator.stream(new Count(steps))) sum += item.n;
        return sum;
      },
      "one wrapping generator": async () => {
        let sum = 0;
        for await (const item of wrap(handler.handle(new Count(steps)))) sum += item.n;
        return sum;
      },
      "two wrapping generators": async () => {
        let sum = 0;
        for await (const item of wrapAgain(wrap(handler.handle(new Count(steps))))) sum += item.n;
        return sum;
      },
      "effect Stream": async () => {
        let sum = 0;
        const stream = Stream.fromAsyncIterable(handler.handle(new Count(steps)), asError);
        const add = (item: Item) =>
          Effect.sync(() => {
            sum += item.n;
          });
        await Effect.runPromise(Stream.runForEach(stream, add));
        return sum;
      },
    },
    comparisons: [
      { side: "sluice", against: "raw generator", goal: 1.35 },
      { side: "one wrapping generator", against: "raw generator" },
      { side: "two wrapping generators", against: "raw generator" },
      { side: "effect Stream", against: "raw generator" },
    ],
  };
}
