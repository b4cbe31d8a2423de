import {
  type BootstrapOptions,
  bootstrapStreaming,
  type Middleware,
  type Request,
  type StreamOptions,
} from "sluice";
import type { Side, Work } from "../work.js";
import { Count, CountHandler, type Item } from "./count.js";
import { bindFourEvents, CountWithEvents, CountWithEventsHandler, takeSeen } from "./four-events.js";

const steps = 1000;

const passThrough: Middleware = { stream: (_request, next) => next() };

const perItem: Middleware = {
  async *stream(_request, next) {
    for await (const item of next()) yield item;
  },
};

/** What each feature adds to a stream without events. */
export function makeFeatures(): Promise<Work> {
  return compare("stream, 1,000 items, no events", () => new Count(steps), {
    commandsMapper: (map) => map.bind(Count, CountHandler),
  });
}

/** What each feature adds to a stream with four events for each item. */
export function makeFeaturesEvents(): Promise<Work> {
  return compare("stream, 1,000 items, four events each", () => new CountWithEvents(steps), {
    commandsMapper: (map) => map.bind(CountWithEvents, CountWithEventsHandler),
    domainEventsMapper: bindFourEvents,
  });
}

async function* perItemByHand(stream: AsyncIterable<Item>) {
  for await (const item of stream) yield item;
}

async function compare(name: string, make: () => Request<Item>, options: BootstrapOptions): Promise<Work> {
  const drain = (more: BootstrapOptions, streamOptions?: () => StreamOptions): Side => {
    const mediator = bootstrapStreaming({ ...options, ...more });
    return async () => {
      let sum = 0;
      for await (const item of mediator.stream(make(), streamOptions?.())) sum += item.n;
      return sum + takeSeen();
    };
  };
  const plain = bootstrapStreaming(options);
  const byHand: Side = async () => {
    let sum = 0;
    for await (const item of perItemByHand(plain.stream(make()))) sum += item.n;
    return sum + takeSeen();
  };
  const features: Record<string, Side> = {
    "pass-through middleware": drain({ middlewares: [passThrough] }),
    "per-item middleware": drain({ middlewares: [perItem] }),
    "outside signal": drain({}, () => ({ signal: new AbortController().signal })),
  };
  return {
    name,
    steps,
    sides: { without: drain({}), ...features, "the same generator by hand": byHand },
    comparisons: [
      ...Object.keys(features).map((side) => ({ side, against: "without", goal: 1.5 })),
      { side: "per-item middleware", against: "the same generator by hand" },
    ],
  };
}
